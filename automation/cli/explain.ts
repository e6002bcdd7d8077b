import { manifestText } from "../../components/core/manifest-text";
import { InvalidInput } from "../../components/core/problem";
import { explain, similarRules, type Explanation } from "../../policies";

/**
 * A rule as text for a terminal.
 *
 * @throws InvalidInput with similar ids when there is no such rule.
 */
export function explainText(id: string, { json }: { readonly json?: true } = {}): string {
  const explanation = explain(id);
  if (explanation !== undefined) return json === true ? JSON.stringify(explanation, undefined, 2) : textOf(explanation);
  const similar = similarRules(id);
  const fix =
    similar.length === 0 ? "see the list of rules in the documentation" : `did you mean ${similar.join(", ")}?`;
  throw new InvalidInput("explain", [{ where: "rule", given: id, rule: "must be the id of a rule", fix }]);
}

function textOf(explanation: Explanation): string {
  const { id, title, severity, level, types, references, why, fix, remediation, fail, pass, config } = explanation;
  return [
    `${id} — ${title}`,
    `${severity}, ${level} by default${remediation ? ", can be remediated (level remediate)" : ""}`,
    `Looks at: ${types.join(", ")}`,
    `References: ${references.join(", ")}`,
    "",
    why,
    "",
    `Fix: ${fix}.`,
    "",
    "Breaks it:",
    indented(manifestText(...fail)),
    "Complies:",
    indented(manifestText(...pass)),
    ...(Object.keys(config).length === 0 ? [] : ["With the settings:", indented(manifestText(config))]),
  ].join("\n");
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}
