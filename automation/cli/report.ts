import { markdown } from "./markdown";
import { summary } from "./summary";
import type { EvaluatedFinding } from "../check/evaluation";
import { advice, blocking, exitCode, undecided, type CheckResult } from "../check/result";

export const FORMATS = ["text", "markdown", "json", "sarif"] as const;

export type Format = (typeof FORMATS)[number];

/** The result of a check in one of its forms, with a newline at the end. */
export async function report(result: CheckResult, format: Format): Promise<string> {
  const text = format === "sarif" ? await sarifOf(result) : { text: plain, markdown, json }[format](result);
  return text.endsWith("\n") ? text : `${text}\n`;
}

/** Loaded on demand: it reads files with a parser that takes its time to load. */
async function sarifOf(result: CheckResult): Promise<string> {
  return (await import("./sarif.js")).sarif(result);
}

function plain(result: CheckResult): string {
  const lines: string[] = [];
  for (const { source, message } of result.broken)
    lines.push(`BROKEN     ${source}: ${message.replaceAll("\n", "\n           ")}`);
  for (const { rule, resource = "", path, message } of blocking(result))
    lines.push(`VIOLATION  ${rule}  ${resource}: ${path}: ${message}`);
  lines.push(...together("advice     ", advice(result)), ...together("undecided  ", undecided(result)));
  return [...lines, ...(lines.length > 0 ? [""] : []), summary(result), ...result.notes].join("\n");
}

/** What is the same for several resources is said once, and they are named below it. */
function together(label: string, findings: readonly EvaluatedFinding[]): string[] {
  const alike = new Map<string, EvaluatedFinding[]>();
  for (const finding of findings) {
    const key = [finding.rule, finding.path, finding.message].join("\n");
    alike.set(key, [...(alike.get(key) ?? []), finding]);
  }
  return [...alike.values()].flatMap((same) => {
    const [{ rule, path, message, resource = "" }] = same as [EvaluatedFinding];
    if (same.length === 1) return [`${label}${rule}  ${resource}: ${path}: ${message}`];
    const names = same.map((each) => each.resource ?? "").sort();
    return [
      `${label}${rule}  ${same.length} resources: ${path}: ${message}`,
      ...names.map((name) => `             ${name}`),
    ];
  });
}

function json(result: CheckResult): string {
  const { findings, checked, broken, notes, milliseconds } = result;
  return JSON.stringify({ exitCode: exitCode(result), checked, findings, broken, notes, milliseconds }, undefined, 2);
}
