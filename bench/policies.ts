import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { RULE_IDS } from "../policies";
import type { Evaluation } from "./evaluate";
import { cellsOf, figure, HEAD, median, type Figure } from "./figures";
import { writeDeployments, writeFleet } from "./inputs";
import { measure } from "./measure";
import { locate, PEERS, type Peer } from "./peers";
import { table } from "../sandbox/report";
import { PACKAGE_ROOT } from "../components/core/package-root";

const COUNT = 2000;
const TENANTS = 100;
const SEED = 20_250_101;

const CLI = path.join(PACKAGE_ROOT, "dist", "automation", "cli", "index.js");
const EVALUATE = path.join(PACKAGE_ROOT, "dist", "policies", "index.js");

/** Figures of a program that evaluates the files of a folder. */
interface Contender {
  readonly time: Figure;
  readonly memory: Figure;
}

/**
 * Measures the policy pack, and beside it in the same rounds the peers that are found, on the same files.
 *
 * @returns the table to print.
 */
export async function benchPolicies(rounds: number): Promise<string> {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-bench-"));
  try {
    const manifests = path.join(scratch, "manifests");
    const fleet = path.join(scratch, "fleet");
    writeDeployments(manifests, COUNT, SEED);
    writeFleet(PACKAGE_ROOT, fleet, TENANTS);
    const pack = new PackBench(manifests, fleet, scratch);
    const peers = PEERS.flatMap((peer) => {
      const file = locate(peer, process.env);
      return file === undefined ? [] : [{ peer, file, ...contender(`${peer.name} (${peer.checks})`) }];
    });
    for (let round = 1; round <= rounds; round++) {
      process.stderr.write(`round ${round} of ${rounds}\n`);
      await pack.round();
      for (const each of peers) await peerRound(each, manifests, scratch);
    }
    const rows = [
      ...pack.figures.map((each) => [...cellsOf(each), ""]),
      ...peers.flatMap(({ time, memory }) => [against(time, pack.check.time), against(memory, pack.check.memory)]),
    ];
    const missing = PEERS.filter((peer) => locate(peer, process.env) === undefined).map(({ name }) => name);
    return [
      `${os.cpus().length} cores, ${rounds} rounds, ${COUNT} Deployments of two containers, a file each`,
      "",
      table([...HEAD, "peer / ours"], rows),
      ...(missing.length === 0 ? [] : [`not found on PATH or in FIRMAMENT_PEERS: ${missing.join(", ")}\n`]),
    ].join("\n");
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}

/** The figures of this pack. */
class PackBench {
  readonly check = contender(`firmament check --manifests (${RULE_IDS.size} rules)`);
  private readonly start = figure("start-up beyond Node.js's own", "ms", 300);
  private readonly cold = figure("whole pack, per resource, cold", "ms");
  private readonly warm = figure("whole pack, per resource, warm", "ms", 0.2);
  private readonly resident = figure(`resident memory with ${COUNT} resources`, "MiB");
  private readonly fleet = figure(`firmament check, ${TENANTS} tenants more`, "s", 20);

  constructor(
    private readonly manifests: string,
    private readonly project: string,
    private readonly scratch: string,
  ) {}

  get figures(): readonly Figure[] {
    const { time, memory } = this.check;
    return [this.start, this.cold, this.warm, this.resident, this.fleet, time, memory];
  }

  async round(): Promise<void> {
    const bare = await node(["-e", "0"]);
    const loaded = await node(["-e", `void require(${JSON.stringify(EVALUATE)}).evaluate({ resources: [] })`]);
    this.start.values.push((loaded.seconds - bare.seconds) * 1000);

    const { stdout } = await node([path.join(__dirname, "evaluate.js"), this.manifests]);
    const { cold, warm, residentMiB } = JSON.parse(stdout) as Evaluation;
    this.cold.values.push(cold);
    this.warm.values.push(warm);
    this.resident.values.push(residentMiB);

    // charts come from repositories, whose speed is not ours to measure
    const helm = path.join(this.scratch, "no-helm");
    const fleet = await this.checked(["--root", this.project, "--helm", helm]);
    this.fleet.values.push(fleet.seconds);

    const check = await this.checked(["--root", this.project, "--manifests", this.manifests]);
    push(this.check, check);
  }

  private checked(args: readonly string[]) {
    // 1 says that something breaks a rule
    return node([CLI, "check", ...args, "--format", "json"], [0, 1]);
  }
}

function node(args: readonly string[], accepted: readonly number[] = [0]) {
  return measure(process.execPath, args, accepted);
}

async function peerRound(
  contender: Contender & { readonly peer: Peer; readonly file: string },
  manifests: string,
  scratch: string,
): Promise<void> {
  const measured = await measure(contender.file, contender.peer.args(manifests, scratch), [0, 1]);
  if (measured.stdout === "") throw new Error(`${contender.file}: printed nothing — it must evaluate the files`);
  push(contender, measured);
}

function contender(name: string): Contender {
  return { time: figure(`${name}, wall time`, "s"), memory: figure(`${name}, peak memory`, "MiB") };
}

function push({ time, memory }: Contender, measured: { readonly seconds: number; readonly peakMiB: number }): void {
  time.values.push(measured.seconds);
  memory.values.push(measured.peakMiB);
}

function against(theirs: Figure, ours: Figure): string[] {
  return [...cellsOf(theirs), (median(theirs.values) / median(ours.values)).toFixed(2)];
}
