import { kind, type Manifest } from "../../../kubernetes/manifest";

export interface KubeVirtSpec {
  /** Registry and path that images come from, instead of upstream's. */
  readonly imageRegistry?: string;
  readonly imagePullPolicy: "IfNotPresent";
  readonly infra: { readonly replicas: number };
  readonly uninstallStrategy: "RemoveWorkloads" | "BlockUninstallIfWorkloadsExist";
  readonly configuration: {
    readonly developerConfiguration: { readonly featureGates: string[]; readonly cpuAllocationRatio: number };
    /** Processor that guests see where they ask for none. Default: host-model. */
    readonly cpuModel?: string;
    /** Factor, as text, on the memory of a guest's pod beside the guest's own. */
    readonly additionalGuestMemoryOverheadRatio?: string;
    readonly migrations?: {
      readonly parallelMigrationsPerCluster: number;
      /** NetworkAttachmentDefinition in the same namespace. */
      readonly network?: string;
      /** Bytes a second. */
      readonly bandwidthPerMigration?: string;
    };
    readonly evictionStrategy: "LiveMigrate" | "LiveMigrateIfPossible" | "External" | "None";
    readonly vmRolloutStrategy: "LiveUpdate" | "Stage";
    readonly commonInstancetypesDeployment: { readonly enabled: boolean };
    readonly virtualMachineOptions: { readonly disableSerialConsoleLog: Record<string, never> };
  };
  readonly workloadUpdateStrategy: {
    readonly workloadUpdateMethods: ("LiveMigrate" | "Evict")[];
    readonly batchEvictionSize: number;
    readonly batchEvictionInterval: string;
  };
}

/** Has the operator run KubeVirt, which registers the kinds of virtual machines. */
export const KubeVirt = kind<Manifest<KubeVirtSpec>>("kubevirt.io/v1", "KubeVirt");
