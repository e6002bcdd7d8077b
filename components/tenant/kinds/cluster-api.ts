import { customResource } from "../../kubernetes/custom-resource";

/*
 * Cluster API kinds, as far as this project writes them. One apiVersion per kind for ever: server-side apply against
 * objects served in several versions loses fields (kubernetes#136919). The v1beta2 schemas refuse empty objects, lists
 * and strings nearly everywhere, hence optional fields that are left out rather than empty.
 */
const CORE = "cluster.x-k8s.io/v1beta2";

/** Reference within the own namespace. */
export interface ContractReference {
  readonly apiGroup: string;
  readonly kind: string;
  readonly name: string;
}

export interface ClusterSpec {
  readonly clusterNetwork: {
    readonly apiServerPort: number;
    readonly pods: { readonly cidrBlocks: string[] };
    readonly services: { readonly cidrBlocks: string[] };
    readonly serviceDomain: string;
  };
  /** Its controllers leave everything as it is, deletions too. */
  readonly paused?: true;
  readonly controlPlaneRef: ContractReference;
  readonly infrastructureRef: ContractReference;
}

export interface MachineDeploymentSpec {
  readonly clusterName: string;
  /** Left out where the autoscaler owns it: what is written here is restored at every deployment. */
  readonly replicas?: number;
  readonly selector: { readonly matchLabels: Record<string, string> };
  readonly rollout: {
    readonly strategy:
      | {
          readonly type: "RollingUpdate";
          readonly rollingUpdate: { readonly maxSurge: number; readonly maxUnavailable: number };
        }
      | { readonly type: "OnDelete" };
  };
  readonly deletion?: { readonly order: "Random" | "Newest" | "Oldest" };
  /** How many machines the health check's verdicts replace at once: without it, all of them. */
  readonly remediation?: { readonly maxInFlight: number | `${number}%` };
  readonly template: {
    readonly metadata: { readonly labels: Record<string, string> };
    readonly spec: {
      readonly clusterName: string;
      readonly version: string;
      readonly bootstrap: { readonly configRef: ContractReference };
      readonly infrastructureRef: ContractReference;
      readonly deletion: {
        readonly nodeDrainTimeoutSeconds: number;
        readonly nodeVolumeDetachTimeoutSeconds: number;
        readonly nodeDeletionTimeoutSeconds: number;
      };
    };
  };
}

export interface MachineHealthCheckSpec {
  readonly clusterName: string;
  readonly selector: { readonly matchLabels: Record<string, string> };
  readonly checks: {
    /** 0 switches it off, 1–29 are refused. */
    readonly nodeStartupTimeoutSeconds: number;
    readonly unhealthyNodeConditions: {
      readonly type: string;
      readonly status: string;
      readonly timeoutSeconds: number;
    }[];
  };
  readonly remediation: {
    /** A number, or a percentage as text; a quoted plain number is refused by the webhook. */
    readonly triggerIf: { readonly unhealthyLessThanOrEqualTo: number | `${number}%` };
  };
}

/** A cluster as a whole: its networks, and who provides its control plane and its machines. */
export const Cluster = customResource<ClusterSpec>(CORE, "Cluster");

/** Machines of one kind that are replaced a few at a time. */
export const MachineDeployment = customResource<MachineDeploymentSpec>(CORE, "MachineDeployment");

/** Replaces machines whose node does not come up or stops answering. */
export const MachineHealthCheck = customResource<MachineHealthCheckSpec>(CORE, "MachineHealthCheck");
