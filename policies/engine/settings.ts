/** How a violation is treated: shown, blocking, put right, or not looked for. */
export type Level = "advisory" | "mandatory" | "remediate" | "disabled";

export type Tier = "development" | "production";

/** What a tenant's namespace was granted. */
export interface Grant {
  /** Device names of GPUs, e.g. nvidia.com/GA102GL_A10. */
  readonly gpus: readonly string[];
  /** Names of other host devices, SR-IOV resources and network plugins. */
  readonly devices: readonly string[];
  readonly storageClasses: readonly string[];
}

/** Which resources an exemption is for. All given fields must match; `*` at one end of a name stands for anything. */
export interface Selector {
  /** Pulumi type token. */
  readonly type?: string | undefined;
  /** Kind of the Kubernetes object. */
  readonly kind?: string | undefined;
  readonly namespace?: string | undefined;
  /** metadata.name, or the name in the program. */
  readonly name?: string | undefined;
  /** `<namespace>/<name>` of the Helm release that made the object, rendered in a check or found in a cluster. */
  readonly release?: string | undefined;
  /** The value that is excused, as findings name it: `spec.hostNetwork`. Narrows the others; all values without it. */
  readonly path?: string | undefined;
}

/** A documented exception from one rule. */
export interface Exemption {
  readonly rule: string;
  readonly selector: Selector;
  /** Why the rule cannot hold there. */
  readonly reason: string;
  /** Who answers for it. */
  readonly owner: string;
  /** Last day on which it holds, YYYY-MM-DD. */
  readonly expiry: string;
  /** For host paths: whether the exempted workload may write. */
  readonly writable?: boolean | undefined;
}

/** What rules are told beside the resource. Lists left out of the configuration are undefined: not decided by it. */
export interface Settings {
  readonly tier: Tier;
  /** Whether the configuration says the tier; where it does not, the pack is as strict as for production. */
  readonly tierGiven: boolean;
  /** Minor of the Kubernetes version the resources are for; undefined when not said. */
  readonly kubernetes: number | undefined;
  /** Minor of the version of the Pod Security Standards. */
  readonly policyVersion: number;
  /** Level of the Pod Security Standards that is asked for. */
  readonly profile: "baseline" | "restricted" | undefined;
  /** Host and path prefixes images may come from. */
  readonly registries: readonly string[] | undefined;
  /** URL prefixes charts may come from. */
  readonly chartRepos: readonly string[] | undefined;
  /** The management cluster: what tenants must not reach or overlap. */
  readonly management: {
    readonly nodeCIDRs: readonly string[];
    readonly podCIDRs: readonly string[];
    readonly serviceCIDRs: readonly string[];
    readonly namespaces: readonly string[];
  };
  /** Namespaces that may run privileged pods. */
  readonly privilegedNamespaces: readonly string[];
  /** Expected version of each provider package; undefined when not said. */
  readonly providers: Readonly<Record<string, string>> | undefined;
  /** By namespace of the tenant. */
  readonly grants: Readonly<Record<string, Grant>>;
  /** Workloads that talk to the API of their cluster: `name` or `namespace/name`. */
  readonly apiClients: readonly string[];
  /** Whether virtual machines must be able to move while running: all, none, or those named. */
  readonly vmMigratable: boolean | readonly string[];
  /** Label that carries the tenant's name on its namespace and objects. */
  readonly tenantLabel: string;
  readonly levels: Readonly<Record<string, Level>>;
  readonly exemptions: readonly Exemption[];
  /** Parameters of rules, by rule id or by name. */
  readonly params: Readonly<Record<string, unknown>>;
  /** The engine shows secrets as plain values; where that is so, plain values prove nothing. */
  readonly marksStripped: boolean;
}

/** Newest version of the Pod Security Standards that the rules know. */
export const NEWEST_POLICY_VERSION = 37;

export const DEFAULT_TENANT_LABEL = "firmament.example/tenant";

export const DEFAULTS: Settings = {
  tier: "production",
  tierGiven: false,
  kubernetes: undefined,
  policyVersion: NEWEST_POLICY_VERSION,
  profile: undefined,
  registries: undefined,
  chartRepos: undefined,
  management: { nodeCIDRs: [], podCIDRs: [], serviceCIDRs: [], namespaces: [] },
  privilegedNamespaces: [],
  providers: undefined,
  grants: {},
  apiClients: [],
  vmMigratable: false,
  tenantLabel: DEFAULT_TENANT_LABEL,
  levels: {},
  exemptions: [],
  params: {},
  marksStripped: false,
};

/** A parameter of a rule, looked up under the rule's id first and under its own name second. */
export function parameter(settings: Settings, rule: string, name: string): unknown {
  const own = Object.hasOwn(settings.params, rule) ? settings.params[rule] : undefined;
  if (typeof own === "object" && own !== null && Object.hasOwn(own, name))
    return (own as Record<string, unknown>)[name];
  return Object.hasOwn(settings.params, name) ? settings.params[name] : undefined;
}

/** A parameter that is a list of texts; empty when it is not given. */
export function listParameter(settings: Settings, rule: string, name: string): readonly string[] {
  const value = parameter(settings, rule, name);
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];
}
