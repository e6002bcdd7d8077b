import type { z as Library } from "zod";

/*
 * The configuration of the pack, defined once: its type, its check, its JSON Schema and its defaults come from here.
 *
 * The schema is a function of the library it is written with, because loading that is the slowest part of the start:
 * `parse-settings.ts` loads it, and only where there is a configuration to read.
 */

type Zod = typeof Library;

/** Newest version of the Pod Security Standards, a Kubernetes minor, that the rules know. */
export const NEWEST_POLICY_VERSION = 37;

/** A Kubernetes minor in the ways people write it: v1.34, 1.34, v1.34.1. */
const VERSION = /^v?1\.(\d+)(\.\d+)?$/;

export function settingsSchema(z: Zod) {
  const texts = z.array(z.string().min(1)).readonly();
  const networks = texts.default([]);
  const grant = z.strictObject({
    gpus: texts.default([]).describe("Device names of GPUs, e.g. nvidia.com/GA102GL_A10."),
    devices: texts.default([]).describe("Names of other host devices, SR-IOV resources and network plugins."),
    storageClasses: texts.default([]).describe("Storage classes of the management cluster that disks may use."),
  });
  return z.strictObject({
    tier: z.enum(["development", "production"]).default("production").describe("How strict medium rules are."),
    kubernetes: z
      .string()
      .regex(VERSION, "must be a Kubernetes minor like v1.34")
      .transform((text) => Number(VERSION.exec(text)?.[1]))
      .optional()
      .describe("Kubernetes minor the resources are for, v1.34."),
    registries: texts.optional().describe("Host and path prefixes images may come from."),
    chartRepos: texts.optional().describe("URL prefixes charts may come from."),
    management: z
      .strictObject({
        nodeCIDRs: networks.describe("Networks of the machines."),
        podCIDRs: networks.describe("Networks of the pods."),
        serviceCIDRs: networks.describe("Networks of the Services."),
        namespaces: texts.default([]).describe("Namespaces of the platform."),
      })
      .prefault({})
      .describe("Networks and namespaces of the management cluster."),
    clusters: z
      .record(z.string(), z.enum(["management", "tenant"]))
      .default({})
      .describe(
        "Whose cluster a provider leads to, by its clusterIdentifier, where the tenant's component did not make it.",
      ),
    privilegedNamespaces: texts.default([]).describe("Namespaces that may run privileged pods."),
    providers: z.record(z.string(), z.string()).optional().describe("Expected version of each provider package."),
    grants: z.record(z.string(), grant).default({}).describe("GPUs, devices and storage classes by tenant namespace."),
    apiClients: texts.default([]).describe("Workloads that may have a token of the API: `name` or `namespace/name`."),
    vmMigratable: z
      .union([z.boolean(), texts])
      .default(false)
      .describe("Virtual machines that must be able to migrate: true, false or their names."),
    tenantLabel: z
      .string()
      .min(1)
      .default("firmament.example/tenant")
      .describe("Label that carries the tenant's name on its namespace and objects."),
    levels: z
      .record(z.string(), z.enum(["advisory", "mandatory", "remediate", "disabled"]))
      .default({})
      .describe("Level by rule: advisory, mandatory, remediate or disabled."),
    exemptions: z
      .array(exemptionSchema(z))
      .readonly()
      .default([])
      .describe("Exceptions: rule, selector, reason, owner, expiry."),
    params: z.record(z.string(), z.unknown()).default({}).describe("Parameters by rule."),
  });
}

function exemptionSchema(z: Zod) {
  const selector = z
    .strictObject({
      type: z.string().describe("Pulumi type token."),
      kind: z.string().describe("Kind of the Kubernetes object."),
      namespace: z.string().describe("Namespace of the Kubernetes object."),
      name: z.string().describe("metadata.name, or the name in the program."),
      release: z
        .string()
        .regex(/^[^/]+\/[^/]+$/, "must be <namespace>/<name> of a release")
        .describe("`<namespace>/<name>` of the Helm release that made the object, rendered or found in a cluster."),
      path: z.string().describe("The value that is excused, as findings name it: spec.hostNetwork. All without it."),
    })
    .partial()
    .refine(
      // a release alone is a whole chart, a path alone is everything
      ({ path: _path, release: _release, ...selector }) =>
        Object.values(selector).some((value) => value !== undefined && value !== "*"),
      { message: "must name a resource: type, kind, namespace or name" },
    );
  return z.strictObject({
    rule: z.string().describe("Id of the rule."),
    selector: selector.describe("All given fields must match; * at one end of type, name or path is anything."),
    reason: z.string().min(10, "must say why, in a sentence").describe("Why the rule cannot hold there."),
    owner: z.string().min(1, "must name who answers for it").describe("Who answers for it."),
    expiry: z.iso.date("must be a date like 2027-03-31").describe("Last day on which it holds, YYYY-MM-DD."),
    writable: z.boolean().optional().describe("For host paths: whether the exempted workload may write."),
  });
}

type Schema = ReturnType<typeof settingsSchema>;

/** The configuration as it is written; all of it is optional, nothing else is accepted. */
export type Config = Library.input<Schema>;

/** What rules are given beside the resource. Lists left out of the configuration are undefined: not decided by it. */
export interface Settings extends Readonly<Library.output<Schema>> {
  /** Whether the configuration gives the tier; where it does not, the pack is as strict as for production. */
  readonly tierGiven: boolean;
  /** Minor of the version of the Pod Security Standards: that of the cluster, or the newest known. */
  readonly policyVersion: number;
  /** Level of the Pod Security Standards that is asked for; all of them when undefined. */
  readonly profile: "baseline" | "restricted" | undefined;
  /** By rule id; read by `Parameters.of`. */
  readonly params: Readonly<Record<string, object>>;
  /** The engine shows secrets as plain values; where that is so, plain values prove nothing. */
  readonly marksStripped: boolean;
}

/** How a violation is treated: reported, blocking, remediated, or not evaluated. */
export type Level = Settings["levels"][string];

export type Tier = Settings["tier"];

/** What a tenant's namespace was granted. */
export type Grant = Readonly<Settings["grants"][string]>;

/** A documented exception from one rule. */
export type Exemption = Readonly<Settings["exemptions"][number]>;

/** Which resources an exemption is for. */
export type Selector = Readonly<Exemption["selector"]>;

/** What an empty configuration means; a test holds it to the schema. */
export const DEFAULTS: Settings = {
  tier: "production",
  tierGiven: false,
  policyVersion: NEWEST_POLICY_VERSION,
  profile: undefined,
  management: { nodeCIDRs: [], podCIDRs: [], serviceCIDRs: [], namespaces: [] },
  clusters: {},
  privilegedNamespaces: [],
  grants: {},
  apiClients: [],
  vmMigratable: false,
  tenantLabel: "firmament.example/tenant",
  levels: {},
  exemptions: [],
  params: {},
  marksStripped: false,
};
