import type { Rule } from "../../engine/rule";
import { cloudInitSecret } from "./cloud-init";
import { dataVolumeSource } from "./data-volumes";
import { gpus, hostDevices, sriov, vsock } from "./devices";
import { hookSidecar, hostDisk, serviceAccountVolume, virtiofs } from "./host";
import { containerDiskDigest } from "./images";
import { featureGates, infraReplicas, migrationTls } from "./kubevirt";
import { liveMigratable } from "./migration";
import { networkBinding } from "./networks";
import { evictionStrategy, nodePinning, resources } from "./operation";

export const kubevirtRules: readonly Rule[] = [
  hostDisk,
  virtiofs,
  hostDevices,
  gpus,
  sriov,
  hookSidecar,
  containerDiskDigest,
  dataVolumeSource,
  liveMigratable,
  evictionStrategy,
  cloudInitSecret,
  resources,
  networkBinding,
  vsock,
  serviceAccountVolume,
  nodePinning,
  featureGates,
  migrationTls,
  infraReplicas,
];
