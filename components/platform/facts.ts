import type { Cidr } from "../core/cidr";
import { KubernetesVersion } from "../core/version";

/** Helm values of a chart: plain JSON. */
export type Values = Readonly<Record<string, unknown>>;

/** Where LINSTOR keeps volumes on every storage node. */
export type StoragePool =
  | { readonly zfs: string }
  | { readonly lvmThin: { readonly volumeGroup: string; readonly thinPool: string } }
  | { readonly directory: string };

/** What a site decides about its platform. */
export interface PlatformSpec {
  readonly tier: "development" | "production";
  readonly mirror: { readonly charts?: string | undefined; readonly images?: string | undefined };
  readonly networking: {
    readonly podCidr: Cidr;
    readonly joinCidr: Cidr;
    readonly loadBalancerCidrs: readonly Cidr[];
  };
  readonly storage: { readonly pool: StoragePool; readonly replicas: number; readonly encryption: boolean };
  readonly values: Readonly<Record<string, Values>>;
}

/** What the platform has to know of the cluster that it is installed on. */
export interface ManagementCluster {
  readonly cluster: string;
  readonly kubernetesVersion: string;
  readonly dnsDomain: string;
  /** Networks of the machines, from which its API servers call. */
  readonly nodeCidrs: readonly string[];
  readonly serviceCidrs: readonly string[];
  readonly machines: Readonly<Record<string, { readonly role: "controlplane" | "worker"; readonly address: string }>>;
}

/** What values of a chart may depend on beside the facts: where and as what it is installed. */
export interface Installed {
  readonly namespace: string;
  readonly version: string;
}

/** Everything that values of charts are computed from. */
export interface PlatformFacts {
  readonly spec: PlatformSpec;
  readonly management: ManagementCluster;
}

/** Copies of a controller that can run more than once: two where the loss of a machine must go unnoticed. */
export function copies({ spec }: PlatformFacts): number {
  return spec.tier === "production" ? 2 : 1;
}

/** v1.34: the minor that pod-security levels are pinned to, so that an upgrade does not change their meaning unseen. */
export function podSecurityVersion({ management }: PlatformFacts): string {
  return `v1.${KubernetesVersion.parse(management.kubernetesVersion).minor}`;
}

/** An image repository, or only a registry's host, as the mirror has it: its prefix takes the place of the host. */
export function mirrored(repository: string, prefix: string | undefined): string {
  if (prefix === undefined) return repository;
  const [, ...path] = repository.split("/");
  return [prefix.replace(/\/+$/, ""), ...path].join("/");
}

/** One of several copies at a time may be taken away; of a single copy, the only one. */
export function budget(facts: PlatformFacts): Values {
  return copies(facts) > 1 ? { podDisruptionBudget: { enabled: true, maxUnavailable: 1 } } : {};
}
