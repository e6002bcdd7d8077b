import { ruleById } from "../../policies";
import type { EvaluatedFinding } from "../check/evaluation";
import type { CheckResult } from "../check/result";
import { SourceLines } from "./source-lines";

/** SARIF 2.1.0, for the code scanning views of GitHub and GitLab. */
export function sarif({ findings, broken }: CheckResult): string {
  const ids = [...new Set(findings.map(({ rule }) => rule))].sort();
  const lines = new SourceLines();
  const results = findings.map((finding) => resultOf(finding, ids.indexOf(finding.rule), lines.lineOf(finding)));
  const run = {
    tool: { driver: { name: "firmament", informationUri: "https://firmament.example", rules: ids.map(describe) } },
    results,
    invocations: [
      {
        executionSuccessful: broken.length === 0,
        toolExecutionNotifications: broken.map(({ source, message }) => ({
          level: "error",
          message: { text: `${source}: ${message}` },
        })),
      },
    ],
  };
  const $schema = "https://json.schemastore.org/sarif-2.1.0.json";
  return JSON.stringify({ $schema, version: "2.1.0", runs: [run] }, undefined, 2);
}

/** What code scanning sorts by. */
const SECURITY_SEVERITY = { critical: "9.5", high: "8.0", medium: "5.5", low: "3.0" } as const;

function describe(id: string): object {
  const rule = ruleById(id);
  if (rule === undefined) return { id };
  const { title, severity, references, docs, fix } = rule;
  return {
    id,
    name: id,
    shortDescription: { text: title },
    fullDescription: { text: docs.why },
    help: { text: `${docs.why}\n\nFix: ${fix}.` },
    properties: { tags: ["security", ...references], "security-severity": SECURITY_SEVERITY[severity] },
  };
}

function resultOf(finding: EvaluatedFinding, ruleIndex: number, startLine: number): object {
  const { rule, level, status, message, source, path, resource = "", urn } = finding;
  const treatment = status === "undecided" ? "note" : level === "advisory" ? "warning" : "error";
  const name = [urn ?? resource, path].filter((part) => part !== "").join("#");
  return {
    ruleId: rule,
    ruleIndex,
    level: treatment,
    message: { text: `${resource}: ${path}: ${message}` },
    locations: [
      {
        // a program has no line for a value it computes: the file is that of the stack
        physicalLocation: { artifactLocation: { uri: fileOf(source) }, region: { startLine } },
        logicalLocations: [{ fullyQualifiedName: name }],
      },
    ],
    partialFingerprints: { "firmament/v1": `${rule}|${source}|${name}` },
  };
}

function fileOf(source: string): string {
  if (/[/\\]|\.(?:ya?ml|json)$/.test(source)) return source.replaceAll("\\", "/");
  return source === "policies" ? "stacks/config/policies.yaml" : `stacks/config/Pulumi.${source}.yaml`;
}
