import type { KubernetesObject } from "../kubernetes/manifest";
import { OBJECTS } from "./capabilities";
import type { PlatformPlan } from "./plan";

/** A StorageClass of the platform, as tenants may use it for their own volumes. */
export interface TenantStorageClass {
  /** Whether any machine can use its volumes, wherever it runs. Volumes of one node tie a tenant's pods to a host. */
  readonly shared: boolean;
  /** Whether its volumes can grow. */
  readonly expandable: boolean;
  /** VolumeSnapshotClass of snapshots of its volumes, where there is one. */
  readonly snapshotClass?: string;
}

/** StorageClasses of the platform, by name. */
export function tenantStorageClasses({ stages }: Pick<PlatformPlan, "stages">): Record<string, TenantStorageClass> {
  const objects = stages.flatMap((stage) => ("objects" in stage ? stage.objects.map(({ object }) => object) : []));
  const snapshotClasses = ofKind(objects, "VolumeSnapshotClass");
  return Object.fromEntries(
    ofKind(objects, "StorageClass").map((storageClass) => {
      const { name } = storageClass.metadata;
      const snapshots = snapshotClasses.find(({ driver }) => driver === storageClass["provisioner"]);
      const terms: TenantStorageClass = {
        shared: name === OBJECTS.replicatedClass,
        expandable: storageClass["allowVolumeExpansion"] === true,
        ...(snapshots === undefined ? {} : { snapshotClass: snapshots.metadata.name }),
      };
      return [name, terms];
    }),
  );
}

function ofKind(objects: readonly KubernetesObject[], kind: string): KubernetesObject[] {
  return objects.filter((object) => object.kind === kind);
}
