import { type ChildProcess, execFile, spawn } from "node:child_process";
import * as fs from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import * as path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Programs of one proof: they end with it, and leave what they said in its folder. */
export class Processes {
  private readonly running: { readonly name: string; readonly child: ChildProcess }[] = [];

  private readonly adopted: number[] = [];

  constructor(
    /** Where logs and sockets are. */
    readonly folder: string,
    /** Added to what every program is given. */
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  /** Starts a program that runs until the proof ends. */
  start(name: string, program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): void {
    const log = fs.openSync(this.log(name), "a");
    const child = spawn(program, args, {
      cwd: this.folder,
      env: { ...process.env, ...this.env, ...env },
      stdio: ["ignore", log, log],
    });
    fs.closeSync(log);
    // a program that cannot be started has ended: `alive` says so
    child.on("error", (error) => fs.appendFileSync(this.log(name), `${error.message}\n`));
    this.running.push({ name, child });
  }

  /** Ends a program as well that has made itself independent. */
  adopt(pid: number): void {
    this.adopted.push(pid);
  }

  /** Runs a program to its end. @returns what it printed. */
  async ask(program: string, args: readonly string[]): Promise<string> {
    const env = { ...process.env, ...this.env };
    const { stdout } = await run(program, args, { cwd: this.folder, env, maxBuffer: 1 << 28 });
    return stdout;
  }

  /** @throws Error when one has ended that should run, with the end of what it said. */
  alive(): void {
    for (const { name, child } of this.running) {
      if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) continue;
      const said = fs.existsSync(this.log(name)) ? fs.readFileSync(this.log(name), "utf8") : "";
      throw new Error(`${name} ended by itself: ${said.trim().split("\n").slice(-3).join(" | ")}`);
    }
  }

  /** Ends all, the last one first. */
  async stop(): Promise<void> {
    for (const pid of this.adopted) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // it has ended already
      }
    }
    for (const { child } of this.running.reverse()) {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) continue;
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
    }
  }

  private log(name: string): string {
    return path.join(this.folder, `${name}.log`);
  }
}

/** A port of this machine that nobody listens at. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * Waits until something is there.
 *
 * @param seconds until it is given up.
 * @throws Error that says what was waited for; what `ready` throws is taken for "not yet".
 */
export async function until<T>(
  what: string,
  seconds: number,
  ready: () => Promise<T | undefined>,
  alive: () => void = () => undefined,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  let last = "";
  for (;;) {
    alive();
    try {
      const found = await ready();
      if (found !== undefined) return found;
    } catch (error) {
      last = error instanceof Error ? `: ${error.message}` : "";
    }
    if (Date.now() > end) throw new Error(`${what} — not within ${seconds} s${last}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
