import { z } from "zod";
import { checked } from "../../components/core/checked";
import { refuse, type Problem } from "../../components/core/problem";
import { DEFAULT_TENANT_LABEL, DEFAULTS, NEWEST_POLICY_VERSION, type Settings } from "./settings";

const texts = z.array(z.string().min(1));
const VERSION = /^v?1\.(\d+)(\.\d+)?$/;
const version = z.string().regex(VERSION, "must be a Kubernetes minor like v1.34");
const level = z.enum(["advisory", "mandatory", "remediate", "disabled"]);

const exemption = z.strictObject({
  rule: z.string(),
  selector: z
    .strictObject({
      type: z.string(),
      kind: z.string(),
      namespace: z.string(),
      name: z.string(),
      release: z.string().regex(/^[^/]+\/[^/]+$/, "must be <namespace>/<name> of a release"),
      path: z.string(),
    })
    .partial()
    .refine(
      // a release alone is a whole chart, a path alone is everything
      ({ path: _path, release: _release, ...selector }) =>
        Object.values(selector).some((value) => value !== undefined && value !== "*"),
      {
        message: "must name a resource: type, kind, namespace or name",
      },
    ),
  reason: z.string().min(10, "must say why, in a sentence"),
  owner: z.string().min(1, "must name who answers for it"),
  expiry: z.iso.date("must be a date like 2027-03-31"),
  writable: z.boolean().optional(),
});

/** Everything that can be configured; all optional, nothing else accepted. */
export const configSchema = z
  .strictObject({
    tier: z.enum(["development", "production"]),
    kubernetes: version,
    registries: texts,
    chartRepos: texts,
    management: z.strictObject({ nodeCIDRs: texts, podCIDRs: texts, serviceCIDRs: texts, namespaces: texts }).partial(),
    privilegedNamespaces: texts,
    providers: z.record(z.string(), z.string()),
    grants: z.record(z.string(), z.strictObject({ gpus: texts, devices: texts, storageClasses: texts }).partial()),
    apiClients: texts,
    vmMigratable: z.union([z.boolean(), texts]),
    tenantLabel: z.string().min(1),
    levels: z.record(z.string(), level),
    exemptions: z.array(exemption),
  })
  .partial();

export type Config = z.input<typeof configSchema>;

/**
 * Checks a configuration of the pack.
 *
 * @param ids ids of all rules; levels and exemptions must name one of them.
 * @throws InvalidInput with every problem at once.
 */
export function parseConfig(raw: unknown, ids: ReadonlySet<string>): Settings {
  const subject = "policy configuration";
  const config = checked(configSchema, raw ?? {}, { subject, fix: "correct the configuration" });
  refuse(subject, unknownRules(config, ids));
  const management = config.management ?? {};
  return {
    ...DEFAULTS,
    tier: config.tier ?? DEFAULTS.tier,
    tierGiven: config.tier !== undefined,
    kubernetes: config.kubernetes === undefined ? undefined : minorOf(config.kubernetes),
    policyVersion: policyVersion(config.kubernetes),
    registries: config.registries,
    chartRepos: config.chartRepos,
    management: {
      nodeCIDRs: management.nodeCIDRs ?? [],
      podCIDRs: management.podCIDRs ?? [],
      serviceCIDRs: management.serviceCIDRs ?? [],
      namespaces: management.namespaces ?? [],
    },
    privilegedNamespaces: config.privilegedNamespaces ?? [],
    providers: config.providers,
    grants: Object.fromEntries(
      Object.entries(config.grants ?? {}).map(([namespace, { gpus, devices, storageClasses }]) => {
        return [namespace, { gpus: gpus ?? [], devices: devices ?? [], storageClasses: storageClasses ?? [] }];
      }),
    ),
    apiClients: config.apiClients ?? [],
    vmMigratable: config.vmMigratable ?? DEFAULTS.vmMigratable,
    tenantLabel: config.tenantLabel ?? DEFAULT_TENANT_LABEL,
    levels: config.levels ?? {},
    exemptions: config.exemptions ?? [],
  };
}

/** The standards of a cluster are those of its own version, or the newest we know. */
function policyVersion(kubernetes: string | undefined): number {
  return kubernetes === undefined ? NEWEST_POLICY_VERSION : Math.min(minorOf(kubernetes), NEWEST_POLICY_VERSION);
}

function minorOf(text: string): number {
  return Number(VERSION.exec(text)?.[1]);
}

function unknownRules({ levels, exemptions }: Config, ids: ReadonlySet<string>): Problem[] {
  const named = [
    ...Object.keys(levels ?? {}).map((rule) => [`levels.${rule}`, rule] as const),
    ...(exemptions ?? []).map(({ rule }, index) => [`exemptions.${index}.rule`, rule] as const),
  ];
  return named
    .filter(([, rule]) => !ids.has(rule))
    .map(([where, rule]) => ({ where, given: rule, rule: "must be the id of a rule", fix: "correct its spelling" }));
}
