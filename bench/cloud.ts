import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Daemon } from "../sandbox/daemon";
import { withoutUserSettings } from "../automation/environment";
import { sandboxEnvironment } from "../sandbox/engine";
import { layout, type Layout } from "../sandbox/layout";
import { cellsOf, figure, HEAD } from "./figures";
import { EMPTY_STACK, run, seconds, writeEmptyProgram } from "./programs";
import { table } from "../sandbox/report";
import { PACKAGE_ROOT } from "../components/core/package-root";

const CLI = path.join(PACKAGE_ROOT, "dist", "sandbox", "cli.js");

/**
 * Measures what a person waits for, with the tools in the cache. Previews are measured side by side in the same round,
 * because machines differ and even one machine has its moods.
 *
 * @returns the table to print.
 */
export async function benchCloud(rounds: number): Promise<string> {
  const figures = {
    cold: figure("npm start from nothing", "s", 120),
    warm: figure("npm start again, nothing changed", "s", 25),
    memory: figure("resident memory, everything running", "GiB", 4),
    preview: figure("preview of a tenant / of an empty program", "ratio", 1.5),
    down: figure("sandbox down", "s", 10),
    unit: figure("unit tests", "s", 60),
  };
  for (let round = 1; round <= rounds; round++) {
    process.stderr.write(`round ${round} of ${rounds}\n`);
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-bench-"));
    const place = layout(PACKAGE_ROOT, path.join(directory, "sandbox"));
    try {
      figures.cold.values.push(seconds(() => cli(place, "start", "--json")));
      figures.warm.values.push(seconds(() => cli(place, "start", "--json")));
      figures.memory.values.push(await residentGiB(place));
      figures.preview.values.push(previewRatio(place, directory));
      figures.down.values.push(seconds(() => cli(place, "sandbox", "down")));
    } finally {
      cli(place, "sandbox", "destroy");
      fs.rmSync(directory, { recursive: true, force: true });
    }
    figures.unit.values.push(
      seconds(() => run(process.execPath, [path.join("node_modules", "mocha", "bin", "mocha.js")])),
    );
  }
  const cores = `${os.cpus().length} cores, ${rounds} rounds`;
  return `${cores}\n\n${table(HEAD, Object.values(figures).map(cellsOf))}`;
}

function cli(place: Layout, ...args: readonly string[]): void {
  run(process.execPath, [CLI, ...args, "--dir", place.directory]);
}

/** Sum over the daemon and everything it started; pages that processes share count for each. */
async function residentGiB(place: Layout): Promise<number> {
  const status = await new Daemon(place).status();
  if (status === undefined) throw new Error("the sandbox is not running");
  const control = JSON.parse(fs.readFileSync(path.join(place.directory, "control.json"), "utf8")) as { pid: number };
  const pids = [control.pid, ...status.processes.map(({ pid }) => pid)];
  return pids.map(residentKiB).reduce((sum, size) => sum + size, 0) / 2 ** 20;
}

function residentKiB(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(match?.[1] ?? 0);
}

/**
 * A tenant's preview without changes over that of a program that does nothing; same engine and host.
 */
function previewRatio(place: Layout, directory: string): number {
  const env = { ...withoutUserSettings(process.env), ...sandboxEnvironment(place) };
  const empty = writeEmptyProgram(directory, env);
  const [tenant] = fs
    .readdirSync(place.workspace)
    .filter((file) => file.startsWith("Pulumi.tenant."))
    .map((file) => file.slice("Pulumi.".length, -".yaml".length));
  const preview = (workspace: string, stack: string) =>
    seconds(() => run("pulumi", ["preview", "-C", workspace, "--stack", stack, "--non-interactive"], { env }));
  return preview(place.workspace, tenant ?? "") / preview(empty, EMPTY_STACK);
}
