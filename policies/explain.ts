import { stringify } from "yaml";
import { exampleOf } from "./example";
import { defaultLevel } from "./levels";
import type { Group, Rule, Severity } from "./rule";
import { ruleById, RULES } from "./rules";
import type { Level } from "./settings";

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
  /** Whether the pack can put it right by itself. */
  readonly remediation: boolean;
  /** YAML of something that breaks the rule, and of the same put right. */
  readonly failing: string;
  readonly fixed: string;
  /** Settings the examples need, as YAML; undefined where they need none. */
  readonly config: string | undefined;
}

export const GROUPS: Readonly<Record<Group, string>> = {
  W: "Workloads, RBAC, networks, namespaces",
  H: "Helm",
  T: "Tenants, Kamaji, Cluster API",
  V: "KubeVirt",
  O: "Talos machine configuration",
  S: "Storage",
  P: "Pulumi programs and their state",
};

/** Explains a rule; undefined when there is none of that id. */
export function explain(id: string): Explanation | undefined {
  const rule = ruleById(id);
  return rule === undefined ? undefined : explanationOf(rule);
}

/** Ids that look like one that does not exist, best first: for "did you mean". */
export function similarRules(id: string): readonly string[] {
  const words = new Set(id.toLowerCase().split("-"));
  const score = (other: string) => other.split("-").filter((word) => words.has(word)).length;
  return RULES.map((rule) => rule.id)
    .filter((other) => score(other) > 0)
    .sort((a, b) => score(b) - score(a) || a.localeCompare(b))
    .slice(0, 5);
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
    failing: yamlOf(fail.resources),
    fixed: yamlOf(pass.resources),
    config: Object.keys(config).length === 0 ? undefined : stringify(config),
  };
}

/** Resources as they stand in a manifest; those of the engine with their type and inputs. */
function yamlOf(resources: readonly object[]): string {
  // shared parts of examples must be written out, not referred to
  return resources.map((resource) => stringify(resource, { aliasDuplicateObjects: false, lineWidth: 0 })).join("---\n");
}
