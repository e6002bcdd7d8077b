import type { Rule } from "./rule";
import { pulumiRules } from "./pulumi";
import { workloadRules } from "./workload";

/** Every rule of the pack, in the order of its documentation. */
export const RULES: readonly Rule[] = [...workloadRules, ...pulumiRules];

export const RULE_IDS: ReadonlySet<string> = new Set(RULES.map(({ id }) => id));

const BY_ID: ReadonlyMap<string, Rule> = new Map(RULES.map((rule) => [rule.id, rule]));

/** The rule of that id, if there is one. */
export function ruleById(id: string): Rule | undefined {
  return BY_ID.get(id);
}
