import { KubernetesVersion } from "../core/version";
import type { NodePool } from "./settings";

/**
 * The version of kubeadm and kubelet in a container disk, by its tag: `node:v1.34.1`, also with a suffix or a digest.
 * Undefined where the tag says none.
 */
export function versionOfImage(image: string): KubernetesVersion | undefined {
  const tagged = /:(v1\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*))([-@].*)?$/.exec(image)?.[1];
  return tagged === undefined ? undefined : KubernetesVersion.parse(tagged);
}

/** The version in the name of a golden image or template: `ubuntu-2404-v1.34.1`. Undefined where it says none. */
function versionOfName(name: string): KubernetesVersion | undefined {
  const named = /(?:^|[-.])(v1\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*))(?:[-.].*)?$/.exec(name)?.[1];
  return named === undefined ? undefined : KubernetesVersion.parse(named);
}

/** A pool, as far as it says what its machines boot from. */
export type Bootable = Partial<Pick<NodePool, "image" | "disk" | "vsphere">>;

/** What the machines of a pool boot from: its setting, its name, and the version that the name says. */
export interface BootSource {
  readonly setting: "image" | "disk.from.name" | "vsphere.template";
  readonly name: string;
  readonly version: KubernetesVersion | undefined;
}

/** Undefined where settings name no image, golden image or template. */
export function bootSource({ image, disk, vsphere }: Bootable): BootSource | undefined {
  if (vsphere !== undefined) {
    const { template } = vsphere;
    return { setting: "vsphere.template", name: template, version: versionOfName(template) };
  }
  const golden = disk?.from?.name;
  if (golden !== undefined) return { setting: "disk.from.name", name: golden, version: versionOfName(golden) };
  return image === undefined ? undefined : { setting: "image", name: image, version: versionOfImage(image) };
}

/**
 * Version of the machines of a pool. What is in their image is what runs: a machine that is configured with another patch is
 * replaced for nothing. Images without a version in their name are assumed to have the cluster's.
 */
export function machineVersion(pool: Bootable, cluster: KubernetesVersion): KubernetesVersion {
  return bootSource(pool)?.version ?? cluster;
}
