/** Image of vSphere's cloud provider, without the tag. */
export const VSPHERE_CLOUD_CONTROLLER_IMAGE = "registry.k8s.io/cloud-pv-vsphere/cloud-provider-vsphere";

/** Its releases by the minor of Kubernetes that they are for. */
const RELEASES: Readonly<Record<number, string>> = { 33: "1.33.0", 34: "1.34.0", 36: "1.36.0" };

/**
 * The release for a cluster: of its minor, else of the one before, as Kubernetes allows cloud controllers. Without its v;
 * undefined where there is none.
 */
export function vsphereCloudController(minor: number): string | undefined {
  return RELEASES[minor] ?? RELEASES[minor - 1];
}
