import type { PolicyConfigSchema } from "@pulumi/policy";
import { RULE_IDS } from "../rules";
import type { Settings } from "../engine/settings";
import { parseConfig } from "../engine/settings-schema";

const text = { type: "string" } as const;
const texts = { type: "array", items: text } as const;
const record = { type: "object" } as const;

/**
 * The configuration of the pack as the engine wants to see it declared. The engine's own check is coarse; the fine one
 * is `parseConfig`, which names every problem.
 */
export const configJsonSchema: PolicyConfigSchema = {
  properties: {
    tier: { type: "string", enum: ["development", "production"], description: "How strict medium rules are." },
    kubernetes: { ...text, description: "Kubernetes minor the resources are for, v1.34." },
    registries: { ...texts, description: "Host and path prefixes images may come from." },
    chartRepos: { ...texts, description: "URL prefixes charts may come from." },
    management: { ...record, description: "Networks and namespaces of the management cluster." },
    privilegedNamespaces: { ...texts, description: "Namespaces that may run privileged pods." },
    providers: { ...record, description: "Expected version of each provider package." },
    grants: { ...record, description: "GPUs, devices and storage classes by tenant namespace." },
    apiClients: { ...texts, description: "Workloads that may have a token of the API." },
    vmMigratable: { description: "Virtual machines that must be able to migrate: true, false or their names." },
    tenantLabel: { ...text, description: "Label that carries the tenant." },
    levels: { ...record, description: "Level by rule: advisory, mandatory, remediate or disabled." },
    exemptions: { type: "array", items: record, description: "Exceptions: rule, selector, reason, owner, expiry." },
    params: { ...record, description: "Parameters by rule." },
  },
};

/** Settings out of what the engine passes on, which shows secrets without their marks. */
export function settingsFrom(given: object): Settings {
  const { params, ...config } = given as Record<string, unknown>;
  const own = typeof params === "object" && params !== null ? (params as Record<string, unknown>) : {};
  return { ...parseConfig(config, RULE_IDS), params: own, marksStripped: true };
}
