import type { ObjectExemption } from "../kubernetes/exemptions";

/** What the objects of every tenant need beyond the rules of the policy pack. */
export const EXEMPTIONS: readonly ObjectExemption[] = [
  {
    rule: "pulumi-provider-safe",
    selector: { type: "pulumi:providers:kubernetes", name: "*-api", path: "deleteUnreachable" },
    reason: "when a tenant is deleted, its API server goes before what was in it can be asked for",
    owner: "tenants",
  },
];
