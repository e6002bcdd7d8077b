import { explain, RULES, type Explanation } from "../../policies";
import { GROUPS } from "../../policies/docs";
import { code, page, table } from "./markdown";

/** All rules of the policy pack, a table for each group. */
export function rulesPage(): string {
  const explanations = RULES.flatMap(({ id }) => explain(id) ?? []);
  return page(
    "Rules",
    `${explanations.length} rules. A rule of level mandatory blocks a deployment, one that is advisory does not; rules of ` +
      "severity medium are advisory where the tier is development. `levels` in the configuration of the policies " +
      "decides otherwise by rule. Where a rule can be remediated, its level may be `remediate`: the pack then changes the " +
      "inputs of a resource so that the rule holds, before they are applied. `firmament explain <rule>` says why a rule is there and shows what complies with it; " +
      "`firmament docs <folder>` writes a page for each.",
    ...Object.entries(GROUPS).flatMap(([group, title]) => {
      const own = explanations.filter((each) => each.group === group);
      return own.length === 0 ? [] : [`## ${title}`, rulesTable(own)];
    }),
  );
}

function rulesTable(rules: readonly Explanation[]): string {
  return table(
    ["rule", "what must hold", "severity", "level", "can be remediated", "references"],
    rules.map(({ id, title, severity, level, remediation, references }) => [
      code(id),
      title,
      severity,
      level,
      remediation ? "yes" : "",
      references.map((each) => each.replaceAll("<", "\\<")).join("; "),
    ]),
  );
}
