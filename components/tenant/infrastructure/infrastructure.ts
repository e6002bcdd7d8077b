import type { Cidr } from "../../core/cidr";
import type { Problem } from "../../core/problem";
import type { KubernetesObject, Manifest, ObjectMeta } from "../../kubernetes/manifest";
import type { Capability } from "../platform-capabilities";
import type { NodePool, Tenant } from "../settings";

/** What machines are made of, under the name of their objects: those of a pool, or of a control plane. */
export interface Machines
  extends
    Pick<NodePool, "cpus" | "memory" | "dataDisks" | "hostDevices" | "spread">,
    Partial<Pick<NodePool, "instanceType" | "image" | "disk" | "gpus" | "vsphere">> {
  readonly objects: string;
}

/** What cloud-init has to do on a machine for its node to be found. */
export interface JoiningMachine {
  /** Name of the node, as cloud-init fills it in. Default: that of the machine. */
  readonly nodeName?: string;
  /** Commands before kubeadm. */
  readonly commands: readonly string[];
}

/** Where machines run: an object that the Cluster names, and templates that machines are made by. */
export interface InfrastructureKind<Spec> {
  /** What it is called in the settings. */
  readonly name: Tenant["infrastructure"];
  /** What the platform must provide. */
  readonly capability: Capability;
  /** The infrastructure of a cluster, without the metadata that all objects of a tenant have. */
  readonly cluster: {
    readonly kind: string;
    /** Its group and the only version that it is written in. */
    readonly apiVersion: string;
    readonly body: (tenant: Tenant) => {
      readonly annotations?: Readonly<Record<string, string>>;
      readonly spec?: object;
    };
  };
  /** The template of machines, whose name follows its spec. */
  readonly template: {
    readonly kind: string;
    readonly apiVersion: string;
    readonly spec: (tenant: Tenant, machines: Machines) => Spec;
  };
  /** Whether machines are pods of the tenant's namespace: held by its quota and its network policies. */
  readonly inNamespace: boolean;
  /** Networks that machines have addresses of. */
  readonly networks: (tenant: Tenant) => readonly Cidr[];
  readonly joining: JoiningMachine;
  /** What observers of the customer may look at, beside Cluster API's own kinds. */
  readonly observed: readonly { readonly apiGroups: readonly string[]; readonly resources: readonly string[] }[];
  /** What is wrong with settings of the whole cluster. */
  readonly check: (tenant: Tenant) => readonly Problem[];
  /**
   * What is wrong with machines.
   *
   * @param where path of their settings.
   */
  readonly checkPool: (tenant: Tenant, where: string, pool: NodePool) => readonly Problem[];
  /** What is allowed and yet may not be what its owner expects. */
  readonly notices: (tenant: Tenant) => readonly Problem[];
}

/** A template as it is sent. */
export type MachineTemplate<Spec> = KubernetesObject & Manifest<Spec>;

/** The infrastructure of a cluster as it is sent. */
export type InfrastructureCluster = KubernetesObject & { readonly metadata: ObjectMeta };
