import type { Argument, MachineFile, MachineUser } from "../../bootstrap/kubeadm/kinds";
import type { ContractReference } from "../../kinds/cluster-api";

interface Component {
  readonly extraArgs?: Argument[];
}

interface NodeRegistration {
  readonly name?: string;
  readonly criSocket: string;
  readonly kubeletExtraArgs?: Argument[];
}

/** Its schema refuses empty objects, lists and texts, as all of Cluster API's v1beta2. */
export interface KubeadmControlPlaneSpec {
  readonly replicas: number;
  readonly version: string;
  readonly machineTemplate: {
    readonly metadata: { readonly labels: Record<string, string> };
    readonly spec: {
      readonly infrastructureRef: ContractReference;
      readonly deletion: {
        readonly nodeDrainTimeoutSeconds: number;
        readonly nodeVolumeDetachTimeoutSeconds: number;
        readonly nodeDeletionTimeoutSeconds: number;
      };
    };
  };
  readonly rollout: {
    /** Certificates of kubeadm are valid for a year, and no machine renews its own. */
    readonly before: { readonly certificatesExpiryDays: number };
    readonly strategy: { readonly type: "RollingUpdate"; readonly rollingUpdate: { readonly maxSurge: 1 } };
  };
  readonly kubeadmConfigSpec: {
    readonly clusterConfiguration: {
      readonly imageRepository?: string;
      readonly dns?: { readonly imageRepository: string };
      readonly apiServer: Component & {
        readonly certSANs?: string[];
        readonly extraVolumes?: {
          readonly name: string;
          readonly hostPath: string;
          readonly mountPath: string;
          readonly readOnly: true;
          readonly pathType: "Directory";
        }[];
      };
      readonly controllerManager?: Component;
      readonly scheduler?: Component;
    };
    readonly initConfiguration: { readonly nodeRegistration: NodeRegistration; readonly skipPhases?: string[] };
    readonly joinConfiguration: { readonly nodeRegistration: NodeRegistration };
    readonly files?: MachineFile[];
    readonly preKubeadmCommands?: string[];
    readonly postKubeadmCommands?: string[];
    readonly users?: MachineUser[];
  };
}
