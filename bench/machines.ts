import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { withoutUserSettings } from "../automation/environment";
import { PACKAGE_ROOT } from "../components/core/package-root";
import { Daemon } from "../sandbox/daemon";
import { sandboxEnvironment } from "../sandbox/engine";
import { layout } from "../sandbox/layout";
import { endLeftovers } from "../sandbox/leftovers";
import { terminalProgress } from "../sandbox/offline/toolchain";
import { table } from "../sandbox/report";
import { prepare } from "../sandbox/start";
import { sandboxStacks } from "../sandbox/workspace";
import { ConfigurationBench } from "./configurations";
import { cellsOf, figure, HEAD } from "./figures";
import { writeSandboxProject } from "./inputs";
import { EMPTY_STACK, run, seconds, writeEmptyProgram, writeIdleProgram } from "./programs";

const [FEW, MANY] = [3, 30];

/** How many resources each machine has. */
const OF_EACH = 3;

/**
 * Seconds of a cloud's first deployment, of the next one without a change, of a program that does nothing, and of one with
 * as many resources that do nothing.
 */
interface Deployments {
  readonly first: number;
  readonly unchanged: number;
  readonly empty: number;
  readonly idle: number;
}

/**
 * Measures what grows with the number of machines: their configurations, and the deployment of a base stack on simulated
 * ones, few and many in the same round.
 *
 * @returns the table to print.
 */
export async function benchMachines(rounds: number): Promise<string> {
  const configurations = new ConfigurationBench();
  const figures = {
    few: figure(`up of ${FEW} machines`, "s"),
    many: figure(`up of ${MANY} machines, workers nine at a time`, "s"),
    growth: figure(`up of ${MANY} machines / of ${FEW}`, "ratio", 3),
    unchanged: figure(`up of ${MANY} machines, nothing changed`, "s"),
    empty: figure("up of an empty program, nothing changed", "s"),
    floor: figure(`up of ${MANY * OF_EACH} resources that do nothing, nothing changed`, "s"),
    idle: figure(`up of ${MANY} machines, nothing changed / of an empty program`, "ratio", 1.5),
    lowest: figure(`up of ${MANY * OF_EACH} resources that do nothing / of an empty program`, "ratio"),
    above: figure(`up of ${MANY} machines, nothing changed / of as many resources that do nothing`, "ratio"),
  };
  for (let round = 1; round <= rounds; round++) {
    process.stderr.write(`round ${round} of ${rounds}\n`);
    configurations.round();
    const few = await deployments(FEW);
    const many = await deployments(MANY);
    figures.few.values.push(few.first);
    figures.many.values.push(many.first);
    figures.growth.values.push(many.first / few.first);
    figures.unchanged.values.push(many.unchanged);
    figures.empty.values.push(many.empty);
    figures.floor.values.push(many.idle);
    figures.idle.values.push(many.unchanged / many.empty);
    figures.lowest.values.push(many.idle / many.empty);
    figures.above.values.push(many.unchanged / many.idle);
  }
  const rows = [...configurations.figures, ...Object.values(figures)].map(cellsOf);
  return `${os.cpus().length} cores, ${rounds} rounds\n\n${table(HEAD, rows)}`;
}

/** Deploys a base stack alone, without policies, by the engine's own command. */
async function deployments(machines: number): Promise<Deployments> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-bench-"));
  const place = layout(path.join(directory, "project"), path.join(directory, "sandbox"));
  const interrupt = new AbortController();
  try {
    writeSandboxProject(PACKAGE_ROOT, place.root, machines);
    const stacks = sandboxStacks(place);
    const log = (line: string) => void process.stderr.write(`${line}\n`);
    const toolchain = { progress: terminalProgress(), signal: interrupt.signal };
    await prepare({ layout: place, ports: { from: 21_000, to: 22_999 }, log, toolchain }, stacks, [stacks.base]);
    const env = { ...withoutUserSettings(process.env), ...sandboxEnvironment(place) };
    const empty = writeEmptyProgram(directory, env);
    const up = (folder: string, stack: string) =>
      seconds(() => run("pulumi", ["up", "--yes", "--skip-preview", "-C", folder, "-s", stack], { env }));
    const idle = writeIdleProgram(directory, env, machines * OF_EACH);
    const first = up(place.workspace, stacks.base);
    for (const folder of [empty, idle]) up(folder, EMPTY_STACK);
    return {
      first,
      unchanged: up(place.workspace, stacks.base),
      empty: up(empty, EMPTY_STACK),
      idle: up(idle, EMPTY_STACK),
    };
  } finally {
    await new Daemon(place).stop();
    endLeftovers(place);
    fs.rmSync(directory, { recursive: true, force: true });
  }
}
