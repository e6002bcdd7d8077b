import type { FleetOptions } from "../../automation/fleet/fleet";
import { Fleet } from "../../automation/fleet/fleet";
import { descendants } from "../../bench/residue";
import { type SmallProgram, smallProgram } from "./small-programs";

/** Who is killed: the process that operates, its engine, or both with all that runs below them. */
export type Victim = "caller" | "engine" | "all";

/** What a process of its own shall do. */
export interface Order {
  readonly fleet: FleetOptions;
  readonly stack: string;
  /** Default: the program of the project. */
  readonly small?: SmallProgram;
  /** Default: nobody. */
  readonly kill?: { readonly whom: Victim; readonly after: number };
}

/** What it says at its end, when it comes to one. */
export interface Said {
  readonly kind: string;
  readonly message: string;
  /** What the engine told. */
  readonly events: number;
}

/** `node operation-process.js <order>`: deploys a stack, and kills somebody after so many events of the engine. */
async function main(order: Order): Promise<void> {
  let events = 0;
  const onEngineEvent = () => {
    events++;
    if (events === order.kill?.after) strike(order.kill.whom);
  };
  const program = order.small === undefined ? {} : { program: smallProgram(order.small) };
  const run = new Fleet(order.fleet).up({ stacks: [order.stack] }, { onEngineEvent, ...program });
  const [outcome] = (await run.result).stacks;
  const kind = outcome?.status === "failed" ? outcome.failure.kind : (outcome?.status ?? "nothing");
  const said: Said = { kind, message: outcome?.status === "failed" ? outcome.message : "", events };
  process.stdout.write(JSON.stringify(said));
}

function strike(whom: Victim): void {
  // the engine is this process's child, its plugins and programs are the engine's
  const below = whom === "caller" ? [] : descendants(process.pid);
  for (const pid of whom === "engine" ? below.slice(0, 1) : below) kill(pid);
  if (whom !== "engine") kill(process.pid);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it has ended by itself
  }
}

if (require.main === module) void main(JSON.parse(process.argv[2] ?? "") as Order);
