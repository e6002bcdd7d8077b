import { exampleOf } from "./engine/example";
import { defaultLevel } from "./engine/levels";
import { lettersApart, nearest } from "../components/core/nearest";
import type { Group, Rule, Severity } from "./engine/rule";
import { ruleById, RULES } from "./rules";
import type { Level } from "./engine/settings";

/** What there is to know about a rule, as plain data: for pages, for the command line, for editors. */
export interface Explanation {
  readonly id: string;
  readonly title: string;
  readonly group: Group;
  readonly severity: Severity;
  /** Level where nothing else is configured. */
  readonly level: Level;
  readonly scope: "resource" | "stack";
  readonly types: readonly string[];
  readonly why: string;
  readonly fix: string;
  readonly references: readonly string[];
  /** Whether the pack can remediate it. */
  readonly remediation: boolean;
  /** What breaks the rule, and what complies with it. */
  readonly fail: readonly object[];
  readonly pass: readonly object[];
  /** Settings the examples need; empty where they need none. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** Explains a rule; undefined when there is none of that id. */
export function explain(id: string): Explanation | undefined {
  const rule = ruleById(id);
  return rule === undefined ? undefined : explanationOf(rule);
}

/** Ids that look like one that does not exist, best first: for "did you mean". */
export function similarRules(id: string): readonly string[] {
  const words = new Set(id.toLowerCase().split("-"));
  const ids = RULES.map((rule) => rule.id);
  // a slip of the finger is clear enough to need no list
  const slip = nearest(id, ids);
  if (slip !== undefined && lettersApart(id.toLowerCase(), slip) <= 2) return [slip];
  const score = (other: string) => other.split("-").filter((word) => words.has(word)).length;
  const related = ids
    .filter((other) => other !== slip && score(other) > 0)
    .sort((a, b) => score(b) - score(a) || a.localeCompare(b));
  return [...(slip === undefined ? [] : [slip]), ...related].slice(0, 5);
}

function explanationOf(rule: Rule): Explanation {
  const { id, title, group, severity, scope, types, fix, references, docs } = rule;
  const [pass, fail] = [exampleOf(docs.pass), exampleOf(docs.fail)];
  const config = {
    ...(pass.config ?? fail.config),
    ...((pass.params ?? fail.params) ? { params: pass.params ?? fail.params } : {}),
  };
  return {
    id,
    title,
    group,
    severity,
    level: defaultLevel(rule),
    scope,
    types,
    why: docs.why,
    fix,
    references,
    remediation: rule.remediate !== undefined,
    fail: fail.resources,
    pass: pass.resources,
    config,
  };
}
