import type { FleetResult, StackOutcome } from "../fleet/outcome";
import type { StackPreview } from "./words";

/** What became of every stack, with its changes in words where it came that far. */
export interface OperationReport {
  readonly operation: FleetResult["operation"];
  readonly ok: boolean;
  readonly seconds: number;
  readonly stacks: readonly StackReport[];
}

export interface StackReport {
  readonly stack: string;
  readonly status: StackOutcome["status"];
  /** By what the engine did, or would do. */
  readonly changes?: Readonly<Record<string, number>>;
  readonly words?: Omit<StackPreview, "stack">;
  readonly failure?: {
    readonly kind: string;
    readonly retryable: boolean;
    readonly advice: string;
    readonly urn?: string;
  };
  readonly message?: string;
  /** The stack whose failure kept it from beginning. */
  readonly because?: string;
}

/** Results as programs and people read them. */
export function reportOf(result: FleetResult, words: ReadonlyMap<string, StackPreview>): OperationReport {
  const { operation, ok, seconds } = result;
  return {
    operation,
    ok,
    seconds,
    stacks: result.stacks.map((outcome) => stackReport(outcome, words.get(outcome.stack))),
  };
}

function stackReport(outcome: StackOutcome, preview: StackPreview | undefined): StackReport {
  const { stack, status } = outcome;
  const { stack: _, ...words } = preview ?? { stack };
  const told = preview === undefined ? {} : { words: words as Omit<StackPreview, "stack"> };
  switch (status) {
    case "done":
      return { stack, status, changes: outcome.result.changes, ...told };
    case "skipped":
      return { stack, status, because: outcome.because };
    case "failed": {
      const { kind, retryable, advice, urn } = outcome.failure;
      const failure = { kind, retryable, advice, ...(urn === undefined ? {} : { urn }) };
      return { stack, status, failure, message: outcome.message, ...told };
    }
  }
}

/** Headings of what a preview says, in the order of how much it matters. */
const PARTS = [
  ["deletedForGood", "deleted for good"],
  ["machines", "machines"],
  ["pools", "node pools"],
  ["components", "components"],
  ["others", "other resources"],
  ["warnings", "warnings"],
] as const satisfies readonly (readonly [keyof StackPreview, string])[];

/** For a terminal, and readable in a pipe. */
export function plainReport({ operation, stacks, seconds }: OperationReport): string {
  const lines = stacks.flatMap((report) => [
    `${report.stack}: ${headline(operation, report)}`,
    ...parts(report).flatMap(([title, entries]) => [
      `  ${title}:`,
      ...entries.map((entry) => `    ${indented(entry, 4)}`),
    ]),
    ...(report.message === undefined ? [] : [`  ${indented(report.message, 2)}`]),
  ]);
  return [...lines, `${summary(stacks)} in ${seconds.toFixed(1)} s`].join("\n");
}

/** Characters that are filled of a comment: GitHub takes 65,536. */
const ROOM = 50_000;

/**
 * For a comment in a pull request, whose first line says which comment it is; long lists are folded. What does not fit
 * into a comment is left out, the details of the last stacks first, and it says so.
 */
export function markdownReport({ operation, stacks }: OperationReport): string {
  const rows = stacks.map((report) => `| \`${report.stack}\` | ${headline(operation, report)} |`);
  const details = stacks.flatMap((report) => {
    const all = parts(report);
    if (all.length === 0 && report.message === undefined) return [];
    const message = report.message === undefined ? [] : ["", "```text", report.message.replaceAll("```", "'''"), "```"];
    return [["", `### ${report.stack}`, ...message, ...all.flatMap(([title, entries]) => section(title, entries))]];
  });
  const head = [`<!-- firmament-${operation} -->`, `## Firmament ${operation}: ${summary(stacks)}`, ""];
  if (stacks.length === 0) return [...head, "No stack is concerned.", ""].join("\n");
  const table = fitting(
    rows.map((row) => [row]),
    ROOM,
  );
  const shown = fitting(details, ROOM - lengthOf(table));
  const left = { rows: rows.length - table.length, details: details.length - shown.length };
  return [
    ...head,
    "| stack | |",
    "| --- | --- |",
    ...table.flat(),
    ...(left.rows === 0 ? [] : ["", `**${left.rows} more stacks** do not fit here.`]),
    ...shown.flat(),
    ...(left.details === 0 ? [] : ["", `Details of **${left.details} more stacks** do not fit here.`]),
    "",
  ].join("\n");
}

/** As many of the blocks of lines, from the first on, as have room together. */
function fitting(blocks: readonly (readonly string[])[], room: number): (readonly string[])[] {
  let taken = 0;
  const end = blocks.findIndex((block) => (taken += lengthOf([block])) > room);
  return end < 0 ? [...blocks] : blocks.slice(0, end);
}

function lengthOf(blocks: readonly (readonly string[])[]): number {
  return blocks.flat().reduce((sum, line) => sum + line.length + 1, 0);
}

function section(title: string, entries: readonly string[]): string[] {
  const list = entries.map((entry) => `- ${escaped(entry)}`);
  if (title === "deleted for good") return ["", `**:warning: ${title}**`, "", ...list];
  if (entries.length <= 8) return ["", `**${title}**`, "", ...list];
  return ["", `<details><summary><b>${title}</b> (${entries.length})</summary>`, "", ...list, "", "</details>"];
}

/** What its changes are in words, by heading; headings without entries are left out. */
export function parts({ words }: StackReport): [string, readonly string[]][] {
  if (words === undefined) return [];
  return PARTS.flatMap(([key, title]): [string, readonly string[]][] => {
    const entries = words[key];
    return entries.length === 0 ? [] : [[title, entries]];
  });
}

/** What became of a stack, in a line. */
export function headline(operation: string, { status, changes, failure, because }: StackReport): string {
  if (status === "skipped") return `not begun, since ${because ?? "another"} failed`;
  if (status === "failed") return `failed: ${failure?.kind ?? "unknown"}`;
  const { same = 0, ...rest } = changes ?? {};
  const counts = Object.entries(rest).filter(([, count]) => count > 0);
  if (counts.length === 0) return `no changes (${same} resources)`;
  const tense = operation === "preview" ? "would " : "";
  return counts.map(([change, count]) => `${tense}${change} ${count}`).join(", ");
}

/** How many stacks there are, and how many failed. */
export function summary(stacks: readonly StackReport[]): string {
  const count = (status: string) => stacks.filter((each) => each.status === status).length;
  const [failed, skipped] = [count("failed"), count("skipped")];
  return [
    `${stacks.length} ${stacks.length === 1 ? "stack" : "stacks"}`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${skipped} not begun`] : []),
  ].join(", ");
}

function indented(text: string, spaces: number): string {
  return text.replaceAll("\n", `\n${" ".repeat(spaces)}`);
}

/** No markup, mention or link comes out of what a provider or a name says. */
function escaped(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>|#@]/g, (sign) => `\\${sign}`).replaceAll("\n", " ");
}
