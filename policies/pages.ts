import { explain, GROUPS, type Explanation } from "./explain";
import type { Group } from "./rule";
import { RULES } from "./rules";

/** A page of the documentation: where it goes below the folder of the rules, and its Markdown. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

/** One page per rule and an index of all, generated from the rules: what is written there is what is tested. */
export function pages(): readonly Page[] {
  const explanations = RULES.flatMap(({ id }) => explain(id) ?? []);
  return [{ path: "README.md", text: index(explanations) }, ...explanations.map(pageOf)];
}

function index(explanations: readonly Explanation[]): string {
  const sections = (Object.entries(GROUPS) as [Group, string][]).map(([group, title]) => {
    const rows = explanations
      .filter((each) => each.group === group)
      .map(({ id, title: what, severity, level, scope, remediation }) => {
        return `| [${id}](${id}.md) | ${cell(what)} | ${severity} | ${level} | ${scope} | ${remediation ? "yes" : ""} |`;
      });
    return [
      `## ${title}`,
      "",
      "| rule | what must hold | severity | level | judges | can be put right |",
      "|---|---|---|---|---|---|",
      ...rows,
    ].join("\n");
  });
  const head = [
    "# Rules",
    "",
    `${explanations.length} rules. Generated from the rules themselves; the examples are run as tests.`,
    "Medium rules only advise where the tier is development; `levels` in the configuration decides otherwise by rule.",
  ];
  return `${[...head, "", sections.join("\n\n")].join("\n")}\n`;
}

function pageOf(rule: Explanation): Page {
  const { id, title, severity, level, scope, types, why, fix, references, failing, fixed, config, remediation } = rule;
  const lines = [
    `# ${title}`,
    "",
    `\`${id}\` · ${severity} · ${level} · judges ${scope === "stack" ? "the whole stack" : "each resource"}`,
    "",
    why,
    "",
    `**What to do:** ${fix}.`,
    ...(remediation ? ["", `The pack can do it itself: set the level of \`${id}\` to \`remediate\`.`] : []),
    "",
    `**Looks at:** ${types.join(", ")}`,
    "",
    "## Breaks the rule",
    "",
    ...fenced(failing),
    "",
    "## Complies",
    "",
    ...fenced(fixed),
    ...(config === undefined ? [] : ["", "with these settings:", "", ...fenced(config)]),
    "",
    "## Asked for by",
    "",
    ...references.map((reference) => `- ${reference}`),
  ];
  return { path: `${id}.md`, text: `${lines.join("\n")}\n` };
}

/** Longer fences than any in the text. */
function fenced(yaml: string): string[] {
  const fence = yaml.includes("```") ? "````" : "```";
  return [`${fence}yaml`, yaml.trimEnd(), fence];
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
