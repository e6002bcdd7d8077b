import { kind, type ObjectMeta } from "../../kubernetes/manifest";
import type { PlannedObject } from "../component";

interface StorageClassBody {
  readonly metadata: ObjectMeta;
  readonly provisioner: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly volumeBindingMode: "Immediate" | "WaitForFirstConsumer";
  readonly reclaimPolicy: "Delete" | "Retain";
  readonly allowVolumeExpansion: boolean;
}

const StorageClass = kind<StorageClassBody>("storage.k8s.io/v1", "StorageClass");

export interface StorageClassPlan {
  readonly name: string;
  readonly isDefault: boolean;
  readonly provisioner: string;
  readonly volumeBindingMode: StorageClassBody["volumeBindingMode"];
  readonly parameters?: Readonly<Record<string, string>>;
  /** Default: true. */
  readonly allowVolumeExpansion?: boolean;
}

/** A class whose volumes go with their claims. Protected: claims name it, and it cannot be changed. */
export function storageClass(plan: StorageClassPlan): PlannedObject {
  const { name, isDefault, provisioner, volumeBindingMode, parameters = {}, allowVolumeExpansion = true } = plan;
  const annotations = { "storageclass.kubernetes.io/is-default-class": String(isDefault) };
  const object = StorageClass({
    metadata: { name, annotations },
    provisioner,
    parameters,
    volumeBindingMode,
    reclaimPolicy: "Delete",
    allowVolumeExpansion,
  });
  return { resource: name, object, protect: true };
}
