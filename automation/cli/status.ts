import * as os from "node:os";
import { fieldsOf } from "../../components/core/fields";
import type { Fleet, ListedStack } from "../fleet/fleet";
import { inOrder } from "../fleet/in-order";
import type { Selection } from "../fleet/selection";

/** What is known of a stack. */
export interface StackStatus extends ListedStack {
  /** How its last operation ended, as the engine writes it: succeeded, failed, in-progress. */
  readonly result?: string;
  /** What it publishes of versions: kubernetesVersion and others. */
  readonly versions?: Readonly<Record<string, string>>;
  /** Machines that differ from what was deployed, or could not be looked at. */
  readonly drift?: number;
  /** Mandatory rules that its files break. */
  readonly violations?: number;
  /** Why something of it could not be asked. */
  readonly error?: string;
}

export interface Wanted {
  readonly quick: boolean;
  readonly drift: boolean;
  readonly policy: boolean;
}

/** Asks the backend, and machines and rules where that is wanted. What cannot be asked of one stack does not hide others. */
export async function statusOf(
  fleet: Fleet,
  root: string,
  selection: Selection,
  { quick, drift, policy }: Wanted,
): Promise<StackStatus[]> {
  const listed = await fleet.list(selection);
  const violations = policy ? await violationsOf(root, listed) : new Map<string, number>();
  const steps = listed.map((stack) => ({ ...stack, after: [] }));
  return inOrder(steps, {
    concurrency: os.availableParallelism(),
    skip: (stack): StackStatus => stack,
    work: async ({ after: _, ...stack }) => {
      const judged = policy ? { violations: violations.get(stack.name) ?? 0 } : {};
      try {
        const known = quick || !stack.deployed ? {} : await asked(fleet, stack, drift);
        return { ok: true, value: { ...stack, ...known, ...judged } };
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        return { ok: true, value: { ...stack, ...judged, error: message } };
      }
    },
  });
}

async function asked(fleet: Fleet, { name, stack }: ListedStack, drift: boolean): Promise<Partial<StackStatus>> {
  const result = await fleet.engine.lastResult(name);
  const versions = versionsIn(await fleet.engine.outputs(name));
  const known = { ...(result === undefined ? {} : { result }), versions };
  if (!drift || stack.layer !== "base") return known;
  const { driftOf } = await import("../machines/drift.js");
  const machines = await driftOf(fleet.engine, name);
  const differing = machines.filter(({ differences, error }) => differences.length > 0 || error !== undefined);
  return { ...known, drift: differing.length };
}

/** Outputs that say versions; none of them is secret. */
function versionsIn(outputs: Readonly<Record<string, { readonly value: unknown; readonly secret: boolean }>>) {
  const found: Record<string, string> = {};
  for (const [key, { value, secret }] of Object.entries(outputs)) {
    if (secret || !/Versions?$/.test(key)) continue;
    const all = typeof value === "string" ? [value] : Object.values(fieldsOf(value)).map(String);
    if (all.length > 0) found[key] = [...new Set(all)].sort().join(", ");
  }
  return found;
}

async function violationsOf(root: string, listed: readonly ListedStack[]): Promise<Map<string, number>> {
  const [{ checkStacks }, { blocking }] = await Promise.all([
    import("../check/check-stacks.js"),
    import("../check/result.js"),
  ]);
  const result = await checkStacks({ root, stacks: listed.map(({ name }) => name) });
  const counts = new Map<string, number>();
  const add = (stack: string) => counts.set(stack, (counts.get(stack) ?? 0) + 1);
  for (const { source } of blocking(result)) add(source);
  for (const { source } of result.broken) add(source);
  return counts;
}

/** A table, a line for each stack, and what could not be asked below it. */
export function statusText(rows: readonly StackStatus[]): string {
  if (rows.length === 0) return "no stacks";
  const some = (key: keyof StackStatus) => rows.some((row) => row[key] !== undefined);
  const columns: readonly (readonly [string, (row: StackStatus) => string])[] = [
    ["STACK", ({ name }) => name],
    ["LAYER", ({ stack }) => stack.layer],
    ["RESOURCES", ({ deployed, resources }) => (deployed ? String(resources ?? "?") : "not deployed")],
    ["LAST UPDATE", ({ lastUpdate }) => lastUpdate ?? "never"],
    ...(some("result") ? [["RESULT", ({ result }: StackStatus) => result ?? "-"] as const] : []),
    ...(some("versions") ? [["VERSIONS", ({ versions }: StackStatus) => versionsText(versions)] as const] : []),
    ...(some("drift") ? [["DRIFT", ({ drift }: StackStatus) => driftText(drift)] as const] : []),
    ...(some("violations") ? [["POLICY", ({ violations }: StackStatus) => policyText(violations)] as const] : []),
  ];
  const cells = [columns.map(([title]) => title), ...rows.map((row) => columns.map(([, of]) => of(row)))];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => (line[index] ?? "").length)));
  const table = cells.map((line) =>
    line
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const errors = rows.flatMap(({ name, error }) => (error === undefined ? [] : [`${name}: not known — ${error}`]));
  return [...table, ...errors].join("\n");
}

function versionsText(versions: StackStatus["versions"] = {}): string {
  const short = (key: string) => key.replace(/Versions?$/, "");
  return (
    Object.entries(versions)
      .map(([key, value]) => `${short(key)} ${value}`)
      .join("; ") || "-"
  );
}

function driftText(drift: number | undefined): string {
  if (drift === undefined) return "-";
  return drift === 0 ? "none" : `${drift} ${drift === 1 ? "machine" : "machines"}`;
}

function policyText(violations: number | undefined): string {
  if (violations === undefined) return "-";
  return violations === 0 ? "complies" : `${violations} violations`;
}
