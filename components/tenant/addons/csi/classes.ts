import { DRIVER } from "./driver";
import { kind, type ObjectMeta } from "../../../kubernetes/manifest";
import type { Tenant } from "../../settings";

/** A StorageClass of a tenant, complete. */
export interface TenantClass {
  readonly name: string;
  /** StorageClass of the management cluster. */
  readonly infra: string;
  readonly isDefault: boolean;
  readonly reclaimPolicy: "Delete" | "Retain";
  readonly bindingMode: "Immediate" | "WaitForFirstConsumer";
  readonly expandable: boolean;
  readonly fsType: string;
}

interface StorageClassBody {
  readonly metadata: ObjectMeta;
  readonly provisioner: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly reclaimPolicy: TenantClass["reclaimPolicy"];
  readonly volumeBindingMode: TenantClass["bindingMode"];
  readonly allowVolumeExpansion: boolean;
}

const StorageClass = kind<StorageClassBody>("storage.k8s.io/v1", "StorageClass");

/** The classes that a tenant asks for; where it asks for none, one with the name of the platform's. */
export function classesOf({ addons, platform }: Pick<Tenant, "addons" | "platform">): TenantClass[] {
  const given = Object.entries(addons.csi.storageClasses).sort(([a], [b]) => (a < b ? -1 : 1));
  const wanted: readonly (readonly [string, Partial<(typeof given)[number][1]>])[] =
    given.length === 0 ? [[platform.storageClass, {}]] : given;
  return wanted.map(([name, each]) => {
    const infra = each.class ?? platform.storageClass;
    return {
      name,
      infra,
      isDefault: each.isDefault ?? wanted.length === 1,
      reclaimPolicy: each.reclaimPolicy ?? "Delete",
      bindingMode: each.bindingMode ?? "WaitForFirstConsumer",
      expandable: each.expandable ?? platform.storageClasses?.[infra]?.expandable ?? true,
      fsType: each.fsType ?? "ext4",
    };
  });
}

/** Classes of the management cluster that a tenant's volumes come from. */
export function infraClasses(tenant: Pick<Tenant, "addons" | "platform">): string[] {
  return [...new Set(classesOf(tenant).map(({ infra }) => infra))].sort();
}

/** The class in the tenant. */
export function storageClass({ name, infra, isDefault, reclaimPolicy, bindingMode, expandable, fsType }: TenantClass) {
  return StorageClass({
    metadata: { name, annotations: { "storageclass.kubernetes.io/is-default-class": String(isDefault) } },
    provisioner: DRIVER,
    // disks of scsi are found by their serial number, and a machine takes more of them than of virtio
    parameters: { infraStorageClassName: infra, bus: "scsi", "csi.storage.k8s.io/fstype": fsType },
    reclaimPolicy,
    volumeBindingMode: bindingMode,
    allowVolumeExpansion: expandable,
  });
}
