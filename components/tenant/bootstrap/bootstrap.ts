import type { Problem } from "../../core/problem";
import type { KubernetesVersion } from "../../core/version";
import type { KubernetesObject, Manifest } from "../../kubernetes/manifest";
import type { NodeChanges } from "../addon";
import type { Bootable } from "../node-image";
import type { NodePool, Tenant } from "../settings";

/** A pool and what add-ons change in its kubelets. */
export type JoiningPool = NodePool & Required<Pick<NodeChanges, "kubeletArgs">>;

/** What machines of a pool join by: an object that its MachineDeployment names. */
export interface BootstrapKind<Spec> {
  /** What it is called in the settings of a pool. */
  readonly name: NodePool["bootstrap"];
  /** The template of a pool, whose name follows its spec. */
  readonly template: {
    readonly kind: string;
    /** Its group and the only version that it is written in. */
    readonly apiVersion: string;
    readonly spec: (tenant: Tenant, pool: JoiningPool) => Spec;
  };
  /** Kubernetes version that machines run. */
  readonly version: (pool: Bootable, cluster: KubernetesVersion) => KubernetesVersion;
  /**
   * What is wrong with a pool that joins this way.
   *
   * @param where path of the pool's settings.
   */
  readonly check: (tenant: Tenant, where: string, pool: NodePool) => readonly Problem[];
  /** What is allowed and yet may not be what its owner expects. */
  readonly notices: (tenant: Tenant, where: string, pool: NodePool) => readonly Problem[];
}

/** A template as it is sent. */
export type BootstrapTemplate<Spec> = KubernetesObject & Manifest<Spec>;
