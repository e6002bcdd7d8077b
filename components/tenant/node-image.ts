import { KubernetesVersion } from "../core/version";

/**
 * The version of kubeadm and kubelet in a container disk, by its tag: `node:v1.34.1`, also with a suffix or a digest.
 * Undefined where the tag says none.
 */
export function versionOfImage(image: string): KubernetesVersion | undefined {
  const tagged = /:(v1\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*))([-@].*)?$/.exec(image)?.[1];
  return tagged === undefined ? undefined : KubernetesVersion.parse(tagged);
}

/**
 * Version of the machines that boot an image. What is in the image is what runs: a machine that is configured with another patch is
 * replaced for nothing. Images without a version in their tag are assumed to have the cluster's.
 */
export function machineVersion(image: string, cluster: KubernetesVersion): KubernetesVersion {
  return versionOfImage(image) ?? cluster;
}
