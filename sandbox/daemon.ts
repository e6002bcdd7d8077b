import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { FakeKind, FakeProvider } from "../components/platform/sandbox";
import type { Layout } from "./layout";
import { startTime } from "./offline/toolchain/process-identity";

/** What sandboxd is started with; see sandbox/fakes/config.go. */
export interface DaemonConfig {
  readonly name: string;
  readonly stateDir: string;
  /** Paths of the programs it starts, by tool. */
  readonly tools: Readonly<Record<string, string>>;
  readonly crds: string;
  readonly ports: { readonly from: number; readonly to: number };
  readonly machines: readonly { readonly name: string; readonly hardware?: MachineHardware }[];
  /** Extensions in images of the image factory, by id of their schematic. */
  readonly schematics: Readonly<Record<string, readonly string[]>>;
  readonly charts: string;
  /** Kinds whose objects get a status as soon as they exist. */
  readonly fakes: readonly FakeKind[];
  /** Providers that the fake of Cluster API's operator can install. */
  readonly providers: readonly FakeProvider[];
}

/** What a simulated machine is made of, where it differs from the others; see sandbox/fakes/internal/talos/hardware.go. */
export interface MachineHardware {
  /** Of the medium that it boots while its disk is empty, such as v1.13.0. */
  readonly talosVersion?: string;
  /** `setup` takes the keys of the first signed image; `on` boots signed images only. */
  readonly secureBoot?: "setup" | "on" | "off";
  readonly memoryMiB?: number;
  /** How long it is away when it restarts. */
  readonly restartSeconds?: number;
  readonly disks?: readonly {
    readonly name: string;
    /** Bytes. */
    readonly size: number;
    readonly model?: string;
    readonly serial?: string;
    readonly wwid?: string;
    readonly uuid?: string;
    readonly modalias?: string;
    readonly busPath?: string;
    readonly transport?: string;
    readonly rotational?: boolean;
    readonly readonly?: boolean;
    readonly cdrom?: boolean;
  }[];
  readonly links?: readonly {
    readonly name: string;
    readonly mac?: string;
    readonly driver?: string;
    readonly busPath?: string;
    readonly speedMbit?: number;
    readonly down?: boolean;
  }[];
}

export interface DaemonStatus {
  readonly phase: string;
  readonly machines: readonly { name: string; address: string; endpoint: string; stage: string }[];
  /** Reserved for the management cluster's Kubernetes API. */
  readonly endpoint: string;
  /** URL of the chart repository. */
  readonly charts: string;
  readonly processes: readonly { name: string; pid: number; state: string; restarts: number; since: string }[];
  readonly clusters: readonly { name: string; endpoint: string; nodes: number; readyNodes: number }[];
}

interface Control {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  readonly startTime: string;
}

const START_SECONDS = 60;
const STOP_SECONDS = 30;

/** The daemon of a sandbox: started detached, found again through the file it leaves in the state directory. */
export class Daemon {
  constructor(private readonly layout: Layout) {}

  /** What runs, or nothing when no daemon does. */
  async status(): Promise<DaemonStatus | undefined> {
    const control = this.control();
    if (control === undefined) return undefined;
    const response = await fetch(`${control.url}/status`, {
      headers: { authorization: `Bearer ${control.token}` },
      signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok) throw new Error(`sandboxd: /status answered ${response.status}`);
    return (await response.json()) as DaemonStatus;
  }

  /**
   * Makes sure that a daemon with this configuration runs. One with another configuration is stopped first; the cloud
   * continues where it was.
   *
   * @throws Error with the daemon's own last words when it does not come up.
   */
  async start(executable: string, config: DaemonConfig): Promise<DaemonStatus> {
    const wanted = JSON.stringify({ executable, config }, null, 2);
    const file = path.join(this.layout.directory, "daemon.json");
    const running = await this.status().catch(() => undefined);
    if (running !== undefined && readIfExists(`${file}.started`) === wanted) return running;
    await this.stop();

    fs.mkdirSync(this.layout.logs, { recursive: true });
    fs.writeFileSync(file, JSON.stringify(config, null, 2));
    fs.writeFileSync(`${file}.started`, wanted);
    const log = path.join(this.layout.logs, "sandboxd.log");
    const output = fs.openSync(log, "a");
    const offset = fs.fstatSync(output).size;
    const child = spawn(executable, ["--config", file], { detached: true, stdio: ["ignore", output, output] });
    fs.closeSync(output);
    let exit: number | null | undefined;
    child.on("error", () => (exit = null));
    child.on("exit", (code) => (exit = code));
    child.unref();

    const end = Date.now() + START_SECONDS * 1000;
    while (exit === undefined && Date.now() < end) {
      const status = await this.status().catch(() => undefined);
      if (status !== undefined) return status;
      await sleep(100);
    }
    fs.rmSync(`${file}.started`, { force: true });
    const words = fs.readFileSync(log, "utf8").slice(offset).trim().split("\n").slice(-5).join("\n");
    throw new Error(words === "" ? `sandboxd did not start within ${START_SECONDS} s; see ${log}` : words);
  }

  /** Stops the daemon and everything it started. Nothing to do when none runs. */
  async stop(): Promise<void> {
    const control = this.control();
    if (control === undefined) return;
    await fetch(`${control.url}/stop`, {
      method: "POST",
      headers: { authorization: `Bearer ${control.token}` },
      signal: AbortSignal.timeout(STOP_SECONDS * 1000),
    }).catch(() => process.kill(control.pid, "SIGTERM"));
    const end = Date.now() + STOP_SECONDS * 1000;
    while (startTime(control.pid) === control.startTime) {
      if (Date.now() > end) throw new Error(`sandboxd (pid ${control.pid}) did not stop within ${STOP_SECONDS} s`);
      await sleep(50);
    }
  }

  private control(): Control | undefined {
    const text = readIfExists(path.join(this.layout.directory, "control.json"));
    if (text === undefined) return undefined;
    const control = JSON.parse(text) as Control;
    return startTime(control.pid) === control.startTime ? control : undefined;
  }
}

function readIfExists(file: string): string | undefined {
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : undefined;
}
