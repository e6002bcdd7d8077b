import { isTenantNamespace } from "../../engine/layers";
import type { Settings } from "../../engine/settings";
import type { Target } from "../../engine/target";

const TALOS_SECRETS = "talos:machine/secrets:Secrets";

const CRD = "apiextensions.k8s.io/CustomResourceDefinition";

const NAMESPACE = "core/Namespace";

/** What holds data or keys, or takes them with it when it goes. */
export const STATEFUL = [
  TALOS_SECRETS,
  NAMESPACE,
  "core/PersistentVolumeClaim",
  "storage.k8s.io/StorageClass",
  CRD,
  "cluster.x-k8s.io/Cluster",
  "controlplane.cluster.x-k8s.io/KamajiControlPlane",
  "kamaji.clastix.io/TenantControlPlane",
  "kamaji.clastix.io/DataStore",
  "piraeus.io/LinstorCluster",
  "kubeovn.io/Vpc",
];

/** A resource of the program itself; patches of what others made are not. */
export function isStateful(target: Target, settings: Settings): boolean {
  const { resource, embedded, key, type } = target;
  if (!resource.fromEngine || embedded || /:\w+Patch$/.test(type)) return false;
  return key !== NAMESPACE || isTenantNamespace(target, settings);
}

/** Whether Helm made it: the engine knows only its release, which is what can be protected. */
export function isOfRelease({ resource }: Target): boolean {
  return /[$:]kubernetes:helm\.sh\/[^:]+:Release::/.test(resource.opts.parent ?? "");
}

export function isDefinition({ key }: Target): boolean {
  return key === CRD;
}
