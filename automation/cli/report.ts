import { markdown } from "./markdown";
import { sarif } from "./sarif";
import { summary } from "./summary";
import { advice, blocking, exitCode, undecided, type CheckResult } from "../check/result";

export const FORMATS = ["text", "markdown", "json", "sarif"] as const;

export type Format = (typeof FORMATS)[number];

/** The result of a check in one of its forms, with a newline at the end. */
export function report(result: CheckResult, format: Format): string {
  const text = { text: plain, markdown, json, sarif }[format](result);
  return text.endsWith("\n") ? text : `${text}\n`;
}

function plain(result: CheckResult): string {
  const lines: string[] = [];
  for (const { source, message } of result.broken)
    lines.push(`BROKEN     ${source}: ${message.replaceAll("\n", "\n           ")}`);
  for (const { rule, resource = "", path, message } of blocking(result))
    lines.push(`VIOLATION  ${rule}  ${resource}: ${path}: ${message}`);
  for (const { rule, resource = "", path, message } of advice(result))
    lines.push(`advice     ${rule}  ${resource}: ${path}: ${message}`);
  for (const { rule, resource = "", path, message } of undecided(result))
    lines.push(`undecided  ${rule}  ${resource}: ${path}: ${message}`);
  return [...lines, ...(lines.length > 0 ? [""] : []), summary(result), ...result.notes].join("\n");
}

function json(result: CheckResult): string {
  const { findings, checked, broken, notes, milliseconds } = result;
  return JSON.stringify({ exitCode: exitCode(result), checked, findings, broken, notes, milliseconds }, undefined, 2);
}
