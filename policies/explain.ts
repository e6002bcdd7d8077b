import { exampleOf } from "./example";
import { defaultLevel } from "./levels";
import type { Rule } from "./rule";
import { ruleById, RULES } from "./rules";

/** What the pack knows about one of its rules, as data. */
export interface Explanation {
  readonly id: string;
  readonly title: string;
  readonly severity: string;
  /** How a violation is treated unless something else is configured. */
  readonly level: string;
  readonly scope: string;
  readonly types: readonly string[];
  readonly references: readonly string[];
  readonly why: string;
  readonly fix: string;
  /** Whether the pack can put it right by itself. */
  readonly remediation: boolean;
  readonly pass: readonly object[];
  readonly fail: readonly object[];
}

/** Everything about a rule; undefined when there is none of that id. */
export function explain(id: string): Explanation | undefined {
  const rule = ruleById(id);
  return rule === undefined ? undefined : explanationOf(rule);
}

export function explanationOf(rule: Rule): Explanation {
  const { title, severity, scope, types, references, docs, fix } = rule;
  return {
    id: rule.id,
    title,
    severity,
    level: defaultLevel(rule),
    scope,
    types,
    references,
    why: docs.why,
    fix,
    remediation: rule.remediate !== undefined,
    pass: exampleOf(docs.pass).resources,
    fail: exampleOf(docs.fail).resources,
  };
}

/** Ids that somebody who wrote `id` may have meant, the likeliest first. */
export function similarRules(id: string): string[] {
  const words = new Set(
    id
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .filter((word) => word.length > 1),
  );
  const shared = (candidate: string) => candidate.split("-").filter((word) => words.has(word)).length;
  return RULES.map((rule) => [rule.id, shared(rule.id)] as const)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 5)
    .map(([candidate]) => candidate);
}
