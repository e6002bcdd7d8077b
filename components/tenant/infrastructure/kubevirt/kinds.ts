import type { TopologySpread } from "../../kinds/pods";

export interface KubevirtMachineTemplateSpec {
  readonly template: {
    readonly spec: {
      /** ssh needs keys that an externally managed cluster does not have. */
      readonly virtualMachineBootstrapCheck: { readonly checkStrategy: "none" };
      readonly virtualMachineTemplate: {
        readonly metadata: { readonly namespace: string };
        readonly spec: VirtualMachineSpec;
      };
    };
  };
}

/** An object of any namespace in which it may be cloned. */
interface Elsewhere {
  readonly name: string;
  readonly namespace: string;
}

/** What a volume is filled from. */
export type DiskSource =
  | {
      readonly source:
        | {
            /** `node`: the host's container engine pulls the image, by its mirrors and into its cache. */
            readonly registry: { readonly url: `docker://${string}`; readonly pullMethod: "node" };
          }
        | { readonly pvc: Elsewhere }
        | { readonly blank: Record<string, never> };
    }
  | { readonly sourceRef: Elsewhere & { readonly kind: "DataSource" } };

/** A volume that is made and filled for every machine: its provider puts the machine's name before the volume's. */
export interface DataVolumeTemplate {
  readonly metadata: { readonly name: string };
  readonly spec: DiskSource & {
    /** The mode of the volume, left out, is the first that the StorageClass has. */
    readonly storage: {
      readonly accessModes: "ReadWriteOnce"[];
      readonly resources: { readonly requests: { readonly storage: string } };
      readonly storageClassName: string;
    };
  };
}

/** Source of the volume that a machine boots from. */
export type RootVolume =
  { readonly containerDisk: { readonly image: string } } | { readonly dataVolume: { readonly name: string } };

/** A device of a host, by the name under which KubeVirt permits it. */
interface Device {
  readonly name: string;
  readonly deviceName: string;
}

export interface VirtualMachineSpec {
  /** Once: what ended is not started again. */
  readonly runStrategy: "Always" | "Once";
  readonly dataVolumeTemplates?: DataVolumeTemplate[];
  /** Decides cores and memory: KubeVirt refuses it beside the domain's own. */
  readonly instancetype?: { readonly kind: "VirtualMachineClusterInstancetype"; readonly name: string };
  readonly preference?: { readonly kind: "VirtualMachineClusterPreference"; readonly name: string };
  readonly template: {
    readonly metadata: { readonly labels: Record<string, string>; readonly annotations: Record<string, string> };
    readonly spec: {
      readonly domain: {
        readonly cpu?: { readonly cores: number; readonly sockets: number; readonly threads: number };
        readonly memory?: { readonly guest: string };
        readonly resources?: { readonly limits: { readonly cpu: string; readonly memory: string } };
        readonly devices: {
          readonly disks: {
            readonly name: string;
            readonly disk: { readonly bus: "virtio" };
            readonly serial?: string;
          }[];
          readonly gpus?: Device[];
          readonly hostDevices?: Device[];
          readonly interfaces: {
            readonly name: string;
            readonly model: "virtio";
            readonly bridge: Record<string, never>;
          }[];
          readonly rng: Record<string, never>;
        };
      };
      readonly evictionStrategy: "External" | "LiveMigrate";
      readonly networks: { readonly name: string; readonly pod: Record<string, never> }[];
      readonly terminationGracePeriodSeconds: number;
      readonly topologySpreadConstraints?: TopologySpread[];
      readonly affinity?: {
        readonly podAntiAffinity: {
          readonly requiredDuringSchedulingIgnoredDuringExecution: Pick<
            TopologySpread,
            "topologyKey" | "labelSelector"
          >[];
        };
      };
      readonly volumes: ({ readonly name: string } & RootVolume)[];
    };
  };
}
