import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import type { FleetEvent } from "../../automation/fleet/events";
import { Fleet, type FleetCall, type FleetOptions } from "../../automation/fleet/fleet";
import type { StackOutcome } from "../../automation/fleet/outcome";
import { processesHere } from "../../automation/failure/locks";
import type { State } from "../../automation/state";
import type { Order, Said, Victim } from "./operation-process";
import { finished } from "./support";

/** Numbers in [0, 1) that a seed decides. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Deploys a stack in a process of its own. @returns what it says, or nothing when it was killed. */
export async function deployApart(order: Order): Promise<Said | undefined> {
  const script = path.join(__dirname, "operation-process.js");
  const child = spawn(process.execPath, [script, JSON.stringify(order)], { stdio: ["ignore", "pipe", "pipe"] });
  const { code, stdout, stderr } = await finished(child);
  if (code === null) return undefined;
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Said;
}

/** Deploys it in this process. */
export async function deployHere(
  options: FleetOptions,
  stack: string,
  call: FleetCall = {},
): Promise<{ readonly outcome: StackOutcome; readonly events: readonly FleetEvent[] }> {
  const run = new Fleet(options).up({ stacks: [stack] }, call);
  const events: FleetEvent[] = [];
  for await (const event of run) events.push(event);
  const [outcome] = (await run.result).stacks;
  assert.ok(outcome !== undefined);
  return { outcome, events };
}

export const kindOf = (outcome: StackOutcome): string =>
  outcome.status === "failed" ? outcome.failure.kind : outcome.status;
export const messageOf = (outcome: StackOutcome): string => (outcome.status === "failed" ? outcome.message : "");

/** States of stacks on a backend in a folder. */
export class States {
  constructor(private readonly folder: string) {}

  /** Whether a stack is locked, and whether by a process that lives. */
  lock(stack: string): "none" | "dead" | "alive" {
    const locks = path.join(this.folder, ".pulumi", "locks", "organization", "firmament", stack);
    const [file] = fs.existsSync(locks) ? fs.readdirSync(locks).filter((name) => name.endsWith(".json")) : [];
    if (file === undefined) return "none";
    const { pid } = JSON.parse(fs.readFileSync(path.join(locks, file), "utf8")) as { pid: number };
    return processesHere().started(pid) === "gone" ? "dead" : "alive";
  }

  read(stack: string): State["deployment"] {
    const { checkpoint } = JSON.parse(fs.readFileSync(this.file(stack), "utf8")) as {
      checkpoint: { latest: State["deployment"] };
    };
    return checkpoint.latest;
  }

  /** Of all stacks but one: what is not that one's must stay as it is, to the byte. */
  digestOfOthers(stack: string): Record<string, string> {
    const folder = path.dirname(this.file(stack));
    const others = fs.readdirSync(folder).filter((name) => name.endsWith(".json") && name !== `${stack}.json`);
    return Object.fromEntries(
      others.map((name) => [
        name,
        createHash("sha256")
          .update(fs.readFileSync(path.join(folder, name)))
          .digest("hex"),
      ]),
    );
  }

  private file(stack: string): string {
    return path.join(this.folder, ".pulumi", "stacks", "firmament", `${stack}.json`);
  }
}

/** Where an update shall end: after which of the engine's events, and who with it. */
export interface Point {
  readonly after: number;
  readonly whom: Victim;
}

/**
 * Points that a seed decides.
 *
 * @param events that an update has when nobody disturbs it. The last two say that it has ended.
 */
export function pointsOf(seed: number, count: number, events: number): Point[] {
  const chance = random(seed);
  const victims = ["all", "engine", "caller"] as const;
  return Array.from({ length: count }, (_, index) => ({
    after: 1 + Math.floor(chance() * (events - 2)),
    whom: victims[index % victims.length] ?? "all",
  }));
}

/**
 * What the next look says of a stack whose deployment was killed: what its lock says.
 *
 * A caller that is killed leaves an engine that may go on to its end meanwhile; all else is the same before and after.
 */
export function assertLook(outcome: StackOutcome, locks: readonly ReturnType<States["lock"]>[], where: string): void {
  const fitting = { none: "done", dead: "stale-lock", alive: "locked" } as const;
  const kinds: readonly string[] = locks.map((lock) => fitting[lock]);
  assert.ok(
    kinds.includes(kindOf(outcome)),
    `${where}: ${kinds.join(" or ")} — ${kindOf(outcome)} ${messageOf(outcome)}`,
  );
}

/** Resources of a state as far as they are the same after every update: by URN, with what they were made from. */
export function contentOf({ resources = [] }: State["deployment"], version: RegExp): string[] {
  return resources
    .map(({ urn, inputs }) => `${urn} ${JSON.stringify(inputs ?? {})}`.replace(version, "VERSION"))
    .sort();
}
