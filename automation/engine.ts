import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Layout } from "../sandbox/layout";
import { readEvents, type Summary, summarize } from "./engine-events";

/** Changes of one deployment, counted by what the engine did. */
export interface StackResult extends Summary {
  readonly name: string;
  readonly seconds: number;
}

/** Directory of a policy pack, and file with its configuration. */
export interface Policies {
  readonly pack: string;
  readonly config: string;
}

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the Pulumi CLI of a sandbox: its own plugins, state and passphrase, whatever the user's environment says. */
export class Engine {
  constructor(
    private readonly layout: Layout,
    private readonly signal?: AbortSignal,
  ) {}

  /** Variables with which a user's own `pulumi` works on this sandbox. */
  environment(): Record<string, string> {
    return {
      PATH: `${this.layout.bin}${path.delimiter}${process.env["PATH"] ?? ""}`,
      PULUMI_HOME: this.layout.pulumiHome,
      PULUMI_BACKEND_URL: `file://${this.layout.backend}`,
      PULUMI_CONFIG_PASSPHRASE_FILE: this.layout.passphrase,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    };
  }

  /** Puts a plugin into the sandbox's Pulumi home; nothing to do when exactly this one is there. */
  async installPlugin(name: string, version: string, file: string): Promise<void> {
    const directory = path.join(this.layout.pulumiHome, "plugins", `resource-${name}-v${version}`);
    const stamp = path.join(this.layout.pulumiHome, `${name}.source`);
    if (fs.existsSync(directory) && fs.existsSync(stamp) && fs.readFileSync(stamp, "utf8") === file) return;
    await this.check(["plugin", "install", "resource", name, `v${version}`, "--file", file, "--reinstall"]);
    fs.writeFileSync(stamp, file);
  }

  /** Creates a stack's state; nothing to do when there is one. */
  async initialize(stack: string): Promise<void> {
    if (fs.existsSync(this.stateFile(stack))) return;
    await this.check(["stack", "init", stack, "--no-select"]);
  }

  /**
   * Deploys a stack.
   *
   * @throws Error with what the engine, the program or a policy said.
   */
  async up(stack: string, policies?: Policies): Promise<StackResult> {
    const started = Date.now();
    const log = path.join(this.layout.logs, `${stack}.events.json`);
    fs.rmSync(log, { force: true });
    const packs =
      policies === undefined ? [] : ["--policy-pack", policies.pack, "--policy-pack-config", policies.config];
    const options = ["--yes", "--skip-preview", "--suppress-outputs", "--suppress-progress"];
    const outcome = await this.run(["up", "--stack", stack, ...options, ...packs, "--event-log", log]);
    fs.writeFileSync(path.join(this.layout.logs, `${stack}.up.log`), outcome.stdout + outcome.stderr);
    const events = readEvents(log);
    if (outcome.code !== 0) throw new Error(failure(stack, outcome, events));
    return { name: stack, ...summarize(events), seconds: (Date.now() - started) / 1000 };
  }

  /** Frees the lock that a killed deployment left; the caller makes sure that none runs. */
  async unlock(stack: string): Promise<void> {
    const locks = path.join(this.layout.backend, ".pulumi", "locks", "organization", "firmament", stack);
    if (fs.existsSync(locks) && fs.readdirSync(locks).length > 0) await this.check(["cancel", stack, "--yes"]);
  }

  /** One output of a stack, secrets in plain text. */
  async output(stack: string, name: string): Promise<string> {
    return (await this.check(["stack", "output", name, "--stack", stack, "--show-secrets"])).trimEnd();
  }

  async exportState(stack: string): Promise<string> {
    return this.check(["stack", "export", "--stack", stack]);
  }

  async importState(stack: string, file: string): Promise<void> {
    await this.check(["stack", "import", "--stack", stack, "--file", file]);
  }

  stateFile(stack: string): string {
    return path.join(this.layout.backend, ".pulumi", "stacks", "firmament", `${stack}.json`);
  }

  private async check(args: readonly string[]): Promise<string> {
    const outcome = await this.run(args);
    if (outcome.code === 0) return outcome.stdout;
    throw new Error(`pulumi ${args.join(" ")}: ${(outcome.stderr || outcome.stdout).trim()}`);
  }

  private run(args: readonly string[]): Promise<Outcome> {
    const child = spawn(path.join(this.layout.bin, "pulumi"), [...args, "--non-interactive", "--color", "never"], {
      cwd: this.layout.workspace,
      env: { ...withoutPulumi(process.env), ...this.environment(), PULUMI_DEBUG_COMMANDS: "true" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    // SIGINT lets the engine finish what is under way and write its state
    const interrupt = () => child.kill("SIGINT");
    this.signal?.addEventListener("abort", interrupt, { once: true });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => {
        this.signal?.removeEventListener("abort", interrupt);
        resolve({ code: code ?? 1, stdout, stderr });
      });
    });
  }
}

/** A user's own login, home or passphrase must not decide what happens in the sandbox. */
export function withoutPulumi(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const foreign = ["PULUMI_", "KUBECONFIG", "NODE_OPTIONS"];
  return Object.fromEntries(Object.entries(env).filter(([key]) => !foreign.some((prefix) => key.startsWith(prefix))));
}

function failure(stack: string, outcome: Outcome, events: ReturnType<typeof readEvents>): string {
  const { errors } = summarize(events);
  const said = errors.length > 0 ? errors.join("\n") : (outcome.stderr || outcome.stdout).trim();
  return `${stack}: the deployment failed\n${said}`;
}
