import type { TenantAddon } from "../../addon";
import { managementSide } from "./controller";
import { EXEMPTIONS, SNAPSHOT_CONTROLLER_EXEMPTIONS } from "./exemptions";
import { clusterSide } from "./node";
import { csiProblems } from "./rules";

/**
 * Volumes of a tenant: disks of the management cluster that are attached to its machines while they run. What makes and
 * attaches them is outside of the tenant; inside is what mounts them.
 */
export const csi: TenantAddon<"csi"> = {
  name: "csi",
  description: "Volumes: disks of the platform's storage, attached to machines that run (KubeVirt's CSI driver).",
  provides: [],
  needs: ["pod-network"],
  infrastructure: "kubevirt",
  check: csiProblems,
  management: managementSide,
  cluster: clusterSide,
  retention: ({ addons }) => ({
    setting: "csi-volumesOnDelete-delete",
    protect: addons.csi.volumesOnDelete === "refuse",
    keepsVolumes: addons.csi.volumesOnDelete === "keep",
  }),
  // upstream publishes no version of the image: nothing is installed that its operator has not named
  installed: ({ addons: { csi: given } }) => given.enabled ?? given.image !== undefined,
  exemptions: { "kube-system/snapshot-controller": SNAPSHOT_CONTROLLER_EXEMPTIONS },
  objectExemptions: EXEMPTIONS,
};
