import { helmRules } from "./helm";
import { kubevirtRules } from "./kubevirt";
import { pulumiRules } from "./pulumi";
import type { Rule } from "../engine/rule";
import { storageRules } from "./storage";
import { talosRules } from "./talos";
import { tenancyRules } from "./tenancy";
import { podSecurityRules, workloadRules } from "./workload";

/** Every rule of the pack, in the order of its documentation. */
export const RULES: readonly Rule[] = [
  ...workloadRules,
  ...helmRules,
  ...tenancyRules(podSecurityRules),
  ...kubevirtRules,
  ...talosRules,
  ...storageRules,
  ...pulumiRules,
];

export const RULE_IDS: ReadonlySet<string> = new Set(RULES.map(({ id }) => id));

const BY_ID: ReadonlyMap<string, Rule> = new Map(RULES.map((rule) => [rule.id, rule]));

/** The rule of that id, if there is one. */
export function ruleById(id: string): Rule | undefined {
  return BY_ID.get(id);
}
