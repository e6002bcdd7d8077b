import type { Demand } from "./capacity";
import type { NodePool, Taint, Tenant } from "./settings";
import type { Problem } from "../core/problem";
import type { ChartSandbox } from "../kubernetes/chart-sandbox";
import type { ChartExemption, ObjectExemption } from "../kubernetes/exemptions";
import type { Endpoint } from "../kubernetes/kubeconfig";
import type { KubernetesObject } from "../kubernetes/manifest";
import type { NetworkPolicySpec } from "../kubernetes/network-policy";
import type { TenantAccess } from "./tenant-access";

/**
 * What an add-on gives to machines and to other add-ons. An add-on needs capabilities, never another add-on: which one
 * provides it is the tenant's choice.
 */
export type Capability = "pod-network" | "service-proxy" | "kubelet-certificates" | "cloud" | "autoscaling";

/** What machines need: they are made when every add-on that provides it is applied. */
export const MACHINES_NEED: readonly Capability[] = ["pod-network"];

/** What decides which add-ons a tenant has. */
export type Choosing = Pick<Tenant, "addons" | "nodePools" | "infrastructure" | "vsphere">;

/**
 * Something that every tenant can have: plain data and pure functions; install-addons.ts makes resources of it. It has a
 * side in the tenant's namespace of the management cluster and one in the tenant's own Kubernetes API, and may change
 * what nodes are.
 *
 * Its settings, `tenant.addons.<name>`, are a fragment in addons/settings.ts. It is installed as `installed` says, else unless `enabled` is false.
 */
export interface TenantAddon<Name extends string = string> {
  /** Key of its settings. */
  readonly name: Name;
  /** For the reference page: what a tenant has from it. */
  readonly description: string;
  readonly provides: readonly Capability[];
  readonly needs: readonly Capability[];
  /** Where machines have to run for it. Default: anywhere. */
  readonly infrastructure?: Tenant["infrastructure"];
  /** Whether a tenant has it. Default: what `enabled` of its settings says. */
  readonly installed?: (tenant: Choosing) => boolean;
  /**
   * What is wrong with its settings beside the others of the tenant.
   *
   * @param provided what all installed add-ons provide.
   */
  readonly check?: (tenant: Tenant, provided: ReadonlySet<Capability>) => readonly Problem[];
  /** Charts of the lock that only tenants have. */
  readonly charts?: readonly AddonChart[];
  readonly management?: (tenant: Tenant) => ManagementSide;
  readonly cluster?: (tenant: Tenant) => ClusterSide;
  /** Whether the tenant may be deleted with what the add-on holds. */
  readonly retention?: (tenant: Tenant) => Retention;
  /** What objects of its releases need beyond the rules of the policy pack, by release: `<namespace>/<name>`. */
  readonly exemptions?: Readonly<Record<string, readonly ChartExemption[]>>;
  /** What objects of its own need beyond those rules. */
  readonly objectExemptions?: readonly ObjectExemption[];
  /** Names of its workloads in the tenant's namespace that talk to the management cluster's API. */
  readonly apiClients?: readonly string[];
  /** Command-line arguments of every kubelet by name, without dashes; those of control planes on machines too. */
  readonly kubelets?: (tenant: Tenant) => Readonly<Record<string, string>>;
  /** What it changes in the nodes of a pool. */
  readonly nodes?: (tenant: Tenant, pool: NodePool) => NodeChanges;
}

/** Keeps a tenant from being deleted together with data. */
export interface Retention {
  /** Which setting lets the tenant go, and its value, as the engine's refusal shows it: `<field>-<value>`. */
  readonly setting: string;
  readonly protect: boolean;
  /** Whether volumes outlive the tenant, where somebody is there to see to that. Else it is protected as well. */
  readonly keepsVolumes?: boolean;
}

/** A chart that its releases install, and that the platform does not have. */
export interface AddonChart {
  /** Name of its entry in the chart lock. */
  readonly chart: string;
  /** Upstream's repositories of the images that it names, for a mirror. */
  readonly images: readonly string[];
  /** What the sandbox installs in its place. */
  readonly sandbox: ChartSandbox;
}

/** What runs for the tenant beside its control plane, in its namespace: a workload and its rights. */
export interface ManagementSide {
  readonly objects: readonly AddonObject[];
  /** Traffic of its pods beyond that within the namespace; in force before anything runs. */
  readonly networkPolicies: readonly AddonNetworkPolicy[];
  /** What its pods take from the quota, twice where they are replaced before they go. */
  readonly demand: Demand;
  /**
   * What its pods may do in the tenant's API, each container for itself. Its Deployments wait for the kubeconfigs and
   * restart when one changes.
   */
  readonly access?: readonly TenantAccess[];
}

/** What it puts into the tenant's own API. */
export interface ClusterSide {
  readonly releases: readonly AddonRelease[];
  readonly objects: readonly AddonObject[];
}

/** An object of either API. Its metadata carries its namespace, and in the management cluster the tenant's labels. */
export interface AddonObject {
  /** The resource's name in Pulumi is `<tenant>-<suffix>`; it never changes. */
  readonly suffix: string;
  readonly object: KubernetesObject;
  /** Whether a production tenant's is protected from deletion: others name it, and cannot do without. Default: false. */
  readonly protect?: boolean;
  /** Whether its kind comes with the add-on's releases in that API, which are there before it. Default: false. */
  readonly ofRelease?: boolean;
}

export interface AddonNetworkPolicy {
  readonly name: string;
  readonly spec: NetworkPolicySpec;
}

/** A Helm release in the tenant's API. */
export interface AddonRelease {
  /** The resource's name in Pulumi is `<tenant>-<suffix>`; it never changes. */
  readonly suffix: string;
  readonly name: string;
  readonly namespace: string;
  /** Whether Helm makes its namespace. Default: it is there. */
  readonly createNamespace?: true;
  readonly chart: { readonly repository: string; readonly chart: string; readonly version: string };
  /** @param api where the tenant's API answers: known only after deployment, so of the type of such values. */
  readonly values: (api: ApiAddress) => Record<string, unknown>;
  /** Why Helm does not wait for its pods. Default: it does. */
  readonly notAwaited?: string;
}

export type ApiAddress = { readonly [field in keyof Pick<Endpoint, "host" | "port">]: unknown };

/** Changes that add-ons make to the nodes of a pool. They count as part of the pool: what rolls it, rolls it here too. */
export interface NodeChanges {
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
  /** Annotations of the MachineDeployment. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Whether nodes become Ready only after something that the customer does: nothing waits for it, or replaces them. */
  readonly readyLater?: true;
  /** Command-line arguments of the kubelet by name, without dashes. */
  readonly kubeletArgs?: Readonly<Record<string, string>>;
}
