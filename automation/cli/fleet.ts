import * as fs from "node:fs";
import * as path from "node:path";
import type { Layer } from "../../components/core/layers";
import { InvalidInput } from "../../components/core/problem";
import { parseYamlText } from "../../stacks/yaml-text";
import type { EngineEvent } from "../engine-events";
import { Fleet, type FleetCall, type Run } from "../fleet/fleet";
import type { FleetResult } from "../fleet/outcome";
import type { PolicyChoice } from "../fleet/policies";
import type { Selection } from "../fleet/selection";
import { graphOf, mermaid, svg } from "../graph/graph";
import { svgReport } from "../preview/picture";
import { markdownReport, type OperationReport, plainReport, reportOf } from "../preview/report";
import { inWords, type StackPreview } from "../preview/words";
import { EXIT } from "./exit-codes";
import { interrupts, progress } from "./progress";
import { statusOf, statusText } from "./status";

interface BackendChoice {
  readonly root: string;
  readonly backend?: string;
  readonly passphraseFile?: string;
  /** Folder whose bin/pulumi is run. */
  readonly pulumi?: string;
}

interface SelectionChoice extends BackendChoice {
  readonly layer?: readonly Layer[];
  readonly cloud?: readonly string[];
  /** Only stacks that differ from this commit or branch. */
  readonly changed?: string;
  readonly concurrency?: number;
}

export interface OperationChoice extends SelectionChoice {
  readonly all?: true;
  readonly yes?: true;
  readonly helm?: string;
  readonly charts?: string;
  readonly policyPack?: string;
  /** False by --no-policies. */
  readonly policies?: boolean;
  readonly json?: true;
  readonly format?: "text" | "markdown" | "json" | "svg";
  readonly output?: string;
}

export interface UpgradeChoice extends Omit<OperationChoice, "cloud" | "layer" | "changed"> {
  readonly canary?: readonly string[];
}

export interface StatusChoice extends SelectionChoice {
  readonly quick?: true;
  readonly drift?: true;
  readonly policy?: true;
  readonly json?: true;
}

export interface KubeconfigChoice extends BackendChoice {
  readonly output?: string;
  readonly json?: true;
}

export interface GraphChoice {
  readonly root: string;
  readonly changed?: string;
  readonly format: "mermaid" | "svg" | "json";
  readonly json?: true;
}

/** With the user's own Pulumi CLI, and backend and passphrase unless others are given. */
export function fleetOf({ root, backend, passphraseFile, pulumi, ...rest }: OperationChoice | UpgradeChoice): Fleet {
  return new Fleet({
    project: path.resolve(root),
    ...(backend === undefined ? {} : { backend }),
    ...(passphraseFile === undefined ? {} : { passphraseFile }),
    ...(pulumi === undefined ? {} : { pulumiRoot: pulumi }),
    ...(rest.concurrency === undefined ? {} : { concurrency: rest.concurrency }),
    policies: policiesOf(rest),
  });
}

function policiesOf({ policies, policyPack, helm, charts }: Partial<OperationChoice>): PolicyChoice | false {
  if (policies === false) return false;
  const render = { ...(helm === undefined ? {} : { helm }), ...(charts === undefined ? {} : { charts }) };
  return { render, ...(policyPack === undefined ? {} : { pack: policyPack }) };
}

function selectionOf(stacks: readonly string[], { layer, cloud, changed }: SelectionChoice): Selection {
  return {
    ...(changed === undefined ? {} : { changed }),
    ...(stacks.length === 0 ? {} : { stacks }),
    ...(layer === undefined ? {} : { layers: layer }),
    ...(cloud === undefined ? {} : { clouds: cloud }),
  };
}

/** Previews, deploys or refreshes what is selected, and reports. @returns the exit code. */
export async function operate(
  operation: "preview" | "up" | "refresh",
  stacks: readonly string[],
  choice: OperationChoice,
): Promise<number> {
  const selection = selectionOf(stacks, choice);
  if (operation !== "preview" && choice.all !== true && Object.keys(selection).length === 0) {
    const rule = "what is changed must be named";
    const fix = "name stacks, --layer or --cloud, or give --all";
    throw new InvalidInput(operation, [{ where: "stacks", given: "none", rule, fix }]);
  }
  return follow((call) => fleetOf(choice)[operation](selection, call), choice);
}

/** Takes down what is named, when it is meant. @returns the exit code. */
export async function destroy(stacks: readonly string[], choice: OperationChoice): Promise<number> {
  const fleet = fleetOf({ ...choice, policies: false });
  const selection = selectionOf(stacks, choice);
  if (choice.yes !== true) {
    const there = (await fleet.list(selection)).filter(({ deployed, resources }) => deployed && resources !== 0);
    const lines = there.reverse().map(({ name, resources = 0 }) => `${name}: ${resources} resources would be deleted`);
    process.stdout.write([...lines, "Nothing is deleted without --yes.", ""].join("\n"));
    return EXIT.broken;
  }
  return follow((call) => fleet.destroy(selection, call), choice);
}

/** Brings a cloud to what the project says, layer by layer. @returns the exit code. */
export async function upgrade(cloud: string, choice: UpgradeChoice): Promise<number> {
  const canaries = choice.canary ?? [];
  return follow((call) => fleetOf(choice).up({ clouds: [cloud] }, { ...call, canaries, stopOnFailure: true }), choice);
}

/**
 * Shows progress while an operation works, and prints what came of it; with `silent` only where that is a failure.
 *
 * @returns the exit code.
 */
export async function follow(
  begin: (call: FleetCall) => Run,
  choice: OperationChoice | UpgradeChoice,
  silent = false,
): Promise<number> {
  const events = new Map<string, EngineEvent[]>();
  const { signal, stop } = interrupts();
  const run = begin({
    signal,
    onEngineEvent: (stack, event) => {
      // of the last attempt alone
      if (event.preludeEvent !== undefined) events.set(stack, []);
      (events.get(stack) ?? events.set(stack, []).get(stack))?.push(event);
    },
  });
  const told = progress(run, (line) => void process.stderr.write(`${line}\n`));
  try {
    const result = await run.result;
    await told;
    const words = new Map<string, StackPreview>();
    for (const [stack, all] of events) words.set(stack, inWords(stack, all));
    if (!silent || !result.ok) print(reportOf(result, words), choice);
    return exitCode(result);
  } finally {
    stop();
  }
}

function print(report: OperationReport, { json, format = "text", output }: OperationChoice | UpgradeChoice): void {
  const form = json === true ? "json" : format;
  const text = { text: plainReport, markdown: markdownReport, json: jsonReport, svg: svgReport }[form](report);
  if (output === undefined) process.stdout.write(`${text.trimEnd()}\n`);
  else fs.writeFileSync(output, `${text.trimEnd()}\n`);
}

function jsonReport(report: OperationReport): string {
  return JSON.stringify(report, undefined, 2);
}

/** The worst that happened decides; what may pass by itself counts only where nothing else failed. */
function exitCode({ stacks }: Pick<FleetResult, "stacks">): number {
  const failures = stacks.flatMap((outcome) => (outcome.status === "failed" ? [outcome.failure] : []));
  if (failures.length === 0) return EXIT.pass;
  if (failures.some(({ kind }) => kind === "cancelled")) return EXIT.cancelled;
  if (failures.some(({ kind }) => kind === "policy")) return EXIT.violation;
  return failures.every(({ retryable }) => retryable) ? EXIT.later : EXIT.broken;
}

/** Prints what is known of stacks. @returns 1 where a machine or a rule says no, 2 where something could not be asked. */
export async function status(stacks: readonly string[], choice: StatusChoice): Promise<number> {
  const { quick = false, drift = false, policy = false } = choice;
  const fleet = fleetOf({ ...choice, policies: false });
  const rows = await statusOf(fleet, path.resolve(choice.root), selectionOf(stacks, choice), { quick, drift, policy });
  process.stdout.write(`${choice.json === true ? JSON.stringify(rows, undefined, 2) : statusText(rows)}\n`);
  if (rows.some(({ error }) => error !== undefined)) return EXIT.broken;
  return rows.some(({ drift: differs = 0, violations = 0 }) => differs + violations > 0) ? EXIT.violation : EXIT.pass;
}

/** Prints a kubeconfig, or writes it. @throws InvalidInput when the stack publishes none. */
export async function kubeconfig(stack: string, { output, json, ...choice }: KubeconfigChoice): Promise<void> {
  const text = await fleetOf({ ...choice, policies: false }).kubeconfig(stack);
  const value = json === true ? JSON.stringify(parseYamlText(text), undefined, 2) : text;
  if (output === undefined) {
    process.stdout.write(value.endsWith("\n") ? value : `${value}\n`);
    return;
  }
  // an older file would keep the rights that it has
  fs.rmSync(output, { force: true });
  fs.writeFileSync(output, value, { mode: 0o600 });
}

/** Prints stacks and what they build on. */
export function graph(stacks: readonly string[], { format, json, ...choice }: GraphChoice): void {
  const members = new Fleet({ project: choice.root }).members(selectionOf(stacks, choice));
  const drawn = graphOf(members);
  const text = { mermaid, svg, json: (each: typeof drawn) => `${JSON.stringify(each, undefined, 2)}\n` }[
    json === true ? "json" : format
  ](drawn);
  process.stdout.write(text);
}
