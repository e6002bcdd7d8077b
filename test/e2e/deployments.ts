import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import type { FleetEvent } from "../../automation/fleet/events";
import { Fleet, type FleetCall, type FleetOptions } from "../../automation/fleet/fleet";
import type { StackOutcome } from "../../automation/fleet/outcome";
import { processesHere } from "../../automation/failure/locks";
import type { State } from "../../automation/state";

/** Deploys a stack in this process. */
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

  private file(stack: string): string {
    return path.join(this.folder, ".pulumi", "stacks", "firmament", `${stack}.json`);
  }
}
