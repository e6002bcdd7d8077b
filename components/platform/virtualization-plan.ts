import type { CDISpec } from "./components/cdi-operator/kinds";
import type { KubeVirtSpec } from "./components/kubevirt-operator/kinds";
import { copies, mirrored, type PlatformFacts } from "./facts";

/**
 * Gates of KubeVirt 1.8 that are not on by themselves. The last two narrow what a virtual machine's pod may do; gates
 * that give a guest parts of its host (HostDisk, HostDevices, Sidecar …) stay off.
 */
const FEATURE_GATES = [
  "HotplugVolumes",
  "ExpandDisks",
  "Snapshot",
  "VMExport",
  "NodeRestriction",
  "KubevirtSeccompProfile",
];

export interface VirtualizationPlan {
  readonly kubevirt: KubeVirtSpec;
  readonly cdi: CDISpec;
}

export function planVirtualization(facts: PlatformFacts): VirtualizationPlan {
  const prefix = facts.spec.mirror.images;
  return {
    kubevirt: {
      ...(prefix === undefined ? {} : { imageRegistry: mirrored("quay.io/kubevirt", prefix) }),
      imagePullPolicy: "IfNotPresent",
      infra: { replicas: copies(facts) },
      // whoever deletes KubeVirt by mistake must not delete every virtual machine with it
      uninstallStrategy: "BlockUninstallIfWorkloadsExist",
      configuration: {
        developerConfiguration: { featureGates: FEATURE_GATES, cpuAllocationRatio: 10 },
        evictionStrategy: "LiveMigrateIfPossible",
        vmRolloutStrategy: "LiveUpdate",
        commonInstancetypesDeployment: { enabled: false },
        // a guest that floods its serial console would fill the node's disk with logs
        virtualMachineOptions: { disableSerialConsoleLog: {} },
      },
      workloadUpdateStrategy: {
        workloadUpdateMethods: ["LiveMigrate", "Evict"],
        batchEvictionSize: 10,
        batchEvictionInterval: "1m0s",
      },
    },
    cdi: {
      cloneStrategyOverride: "csi-clone",
      imagePullPolicy: "IfNotPresent",
      uninstallStrategy: "BlockUninstallIfWorkloadsExist",
      // a volume that waits for its pod is imported where that pod runs
      config: { featureGates: ["HonorWaitForFirstConsumer"] },
      infra: {
        nodeSelector: { "kubernetes.io/os": "linux" },
        tolerations: [{ key: "CriticalAddonsOnly", operator: "Exists" }],
      },
    },
  };
}
