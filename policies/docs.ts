import { manifestText } from "../components/core/manifest-text";
import { explain, type Explanation } from "./explain";
import type { Group } from "./engine/rule";
import { RULES } from "./rules";

export const GROUPS: Readonly<Record<Group, string>> = {
  workload: "Workloads, RBAC, networks, namespaces",
  helm: "Helm",
  tenancy: "Tenants, Kamaji, Cluster API",
  kubevirt: "KubeVirt",
  talos: "Talos machine configuration",
  storage: "Storage",
  pulumi: "Pulumi programs and their state",
};

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
      "| rule | what must hold | severity | level | scope | remediation |",
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
  const { id, title, severity, level, scope, types, why, fix, references, pass, fail, config, remediation } = rule;
  const lines = [
    `# ${title}`,
    "",
    `\`${id}\` · ${severity} · ${level} · evaluates ${scope === "stack" ? "the whole stack" : "each resource"}`,
    "",
    why,
    "",
    `**What to do:** ${fix}.`,
    ...(remediation ? ["", `The pack can change the inputs itself: set the level of \`${id}\` to \`remediate\`.`] : []),
    "",
    `**Applies to:** ${types.join(", ")}`,
    "",
    "## Breaks the rule",
    "",
    ...fenced(manifestText(...fail)),
    "",
    "## Complies",
    "",
    ...fenced(manifestText(...pass)),
    ...(Object.keys(config).length === 0 ? [] : ["", "with these settings:", "", ...fenced(manifestText(config))]),
    "",
    "## References",
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
