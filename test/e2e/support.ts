import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Report } from "../../sandbox/report";
import { layout, type Layout } from "../../sandbox/layout";
import { PACKAGE_ROOT } from "../../components/core/package-root";

export const ROOT = PACKAGE_ROOT;
const CLI = path.join(ROOT, "dist", "sandbox", "cli.js");

/** A name in the temporary directory that nothing has yet: suites are loaded also when none of their tests is run. */
export function temporaryName(prefix: string): string {
  return path.join(os.tmpdir(), `${prefix}${randomBytes(6).toString("hex")}`);
}

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A sandbox of a test's own, in a directory of its own, beside any that runs already. */
export class TestSandbox {
  readonly layout: Layout;
  /** What the system's temporary directory is to the commands of the sandbox. */
  readonly temporary: string;

  private constructor(readonly directory: string) {
    this.layout = layout(ROOT, directory);
    this.temporary = path.join(path.dirname(directory), "tmp");
  }

  static create(): TestSandbox {
    return new TestSandbox(path.join(temporaryName("firmament-e2e-"), "sandbox"));
  }

  async start(...flags: readonly string[]): Promise<Report> {
    const { code, stdout, stderr } = await this.run(["start", "--json", ...flags]);
    if (code !== 0) throw new Error(`start exited with ${code}\n${stderr}`);
    return JSON.parse(stdout) as Report;
  }

  /** `npm start` or `npm run sandbox -- …` without npm. */
  run(args: readonly string[]): Promise<Outcome> {
    return finished(this.spawn(args));
  }

  spawn(args: readonly string[]): ChildProcess {
    fs.mkdirSync(this.temporary, { recursive: true, mode: 0o700 });
    const child = spawn(process.execPath, [CLI, ...args, "--dir", this.directory], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, TMPDIR: this.temporary },
      // a group of its own, so that a test can kill a start with everything it runs
      detached: true,
    });
    return child;
  }

  /** The user's own `pulumi`, with the variables that the sandbox prints. */
  async pulumi(args: readonly string[]): Promise<Outcome> {
    return finished(await this.spawnPulumi(args));
  }

  /** The same, still running; in a group of its own, so that a test can kill it with everything it runs. */
  async spawnPulumi(args: readonly string[]): Promise<ChildProcess> {
    const { stdout } = await this.run(["sandbox", "env"]);
    const script = `${stdout}\nexec pulumi -C '${this.layout.workspace}' --non-interactive --color never "$@"`;
    // a user's own engine leaves what its plugins leave, which goes with the sandbox of the test
    const env = { ...process.env, TMPDIR: fs.mkdtempSync(path.join(path.dirname(this.directory), "user-")) };
    return spawn("bash", ["-c", script, "pulumi", ...args], { env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  }

  async destroy(): Promise<void> {
    await this.run(["sandbox", "destroy"]);
    fs.rmSync(path.dirname(this.directory), { recursive: true, force: true });
  }

  /** Names of the stacks that the engine has, deployed or empty. */
  stacks(): string[] {
    const folder = path.join(this.layout.backend, ".pulumi", "stacks", "firmament");
    if (!fs.existsSync(folder)) return [];
    const files = fs.readdirSync(folder).filter((name) => name.endsWith(".json"));
    return files.map((name) => name.slice(0, -".json".length));
  }

  /** Processes whose command line names this sandbox. */
  processes(): string[] {
    return others()
      .map(commandOf)
      .filter((command) => command.includes(this.directory));
  }

  /**
   * Waits until no program of an engine of this sandbox runs. They are known by their environment: nothing in their
   * command line names the sandbox.
   *
   * @throws Error naming those that still run after two minutes.
   */
  async programsGone(): Promise<void> {
    const home = `PULUMI_HOME=${this.layout.pulumiHome}\0`;
    const running = () =>
      others()
        .filter((pid) => readIfThere(`/proc/${pid}/environ`).includes(home))
        .map(commandOf)
        .filter((command) => command.includes("/cmd/run/"));
    const end = Date.now() + 120_000;
    for (let left = running(); left.length > 0; left = running()) {
      if (Date.now() > end) throw new Error(`still running: ${left.join("\n")}`);
      await sleep(200);
    }
  }
}

export function finished(child: ChildProcess): Promise<Outcome> {
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

function others(): string[] {
  return fs.readdirSync("/proc").filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid);
}

function commandOf(pid: string): string {
  return readIfThere(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
}

function readIfThere(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
