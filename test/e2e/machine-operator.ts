import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse, stringify } from "yaml";
import { recover } from "../../automation";
import { Daemon, type DaemonStatus } from "../../sandbox/daemon";
import { sandboxEngine } from "../../sandbox/engine";
import { terminalProgress } from "../../sandbox/offline/toolchain";
import { prepare } from "../../sandbox/start";
import { sandboxStacks } from "../../sandbox/workspace";
import { finished, type TestSandbox } from "./support";

export interface Settings {
  workersAtOnce?: number;
  kubernetesVersion: string;
  talos: { installer: string; version: string; patches?: object };
  machines: Record<string, { role: string; address: string; endpoint: string; labels?: object }>;
  lostMachines?: string[];
}

/** What a test does with a base stack and the simulated machines behind it. */
export function machineOperator(sandbox: TestSandbox, stack: string) {
  const file = path.join(sandbox.layout.workspace, `Pulumi.${stack}.yaml`);

  /** Machines and a stack that nothing is deployed of; those named boot this Talos before they are installed. */
  async function boot(talosVersion: string, machines: readonly string[]): Promise<void> {
    const { layout } = sandbox;
    fs.mkdirSync(layout.directory, { recursive: true });
    const hardware = Object.fromEntries(machines.map((name) => [name, { talosVersion }]));
    fs.writeFileSync(path.join(layout.directory, "hardware.json"), JSON.stringify(hardware));
    const toolchain = { progress: terminalProgress(), signal: new AbortController().signal };
    const options = { layout, ports: { from: 21_000, to: 21_999 }, log: () => undefined, toolchain };
    await prepare(options, sandboxStacks(layout), [stack]);
  }
  async function daemon(): Promise<DaemonStatus> {
    const status = await new Daemon(sandbox.layout).status();
    assert.ok(status !== undefined);
    return status;
  }
  /** Edits the stack file. */
  function change(edit: (settings: Settings) => void): void {
    const content = parse(fs.readFileSync(file, "utf8")) as { config: { "firmament:base": Settings } };
    edit(content.config["firmament:base"]);
    fs.writeFileSync(file, stringify(content));
  }
  const installer = ({ talos }: Settings, version: string) => talos.installer.replace(/:v[\d.]+$/, `:${version}`);
  async function pulumi(...args: readonly string[]): Promise<string> {
    const [command = "", ...rest] = args;
    const { code, stdout, stderr } = await sandbox.pulumi([command, "--stack", stack, ...rest]);
    assert.equal(code, 0, stdout + stderr);
    return stdout;
  }
  /** The simulator's own API; see sandbox/fakes/README.md. */
  async function control(at: string, init: RequestInit = {}): Promise<string> {
    const found = fs.readFileSync(path.join(sandbox.directory, "control.json"), "utf8");
    const { url, token } = JSON.parse(found) as { url: string; token: string };
    const response = await fetch(`${url}/machines/${at}`, { ...init, headers: { authorization: `Bearer ${token}` } });
    const text = await response.text();
    assert.ok(response.ok, text);
    return text;
  }
  /** A fault of a machine by its name. */
  const trouble = (machine: string, name: string, more: object = {}) =>
    control(`${machine}/scenarios`, { method: "POST", body: JSON.stringify({ name, ...more }) });
  const calm = (machine: string) => control(`${machine}/faults`, { method: "DELETE" });
  /** Methods that a machine was asked for, oldest first, without those that only read. */
  const told = async (machine: string) => {
    const calls = JSON.parse(await control(`${machine}/calls`)) as { method: string }[];
    const names = calls.map(({ method }) => method.split("/").at(-1) ?? "");
    return names.filter((name) => ["ApplyConfiguration", "Bootstrap", "Reset", "Upgrade", "Kubeconfig"].includes(name));
  };
  /** A deployment in the background, and how it ends. */
  async function deployment() {
    const child = await sandbox.spawnPulumi(["up", "--yes", "--skip-preview", "--stack", stack]);
    return { child, ended: finished(child) };
  }
  /** Lets a deployment run until something is so. */
  async function during({ child, ended }: Awaited<ReturnType<typeof deployment>>, seen: () => Promise<boolean>) {
    for (const end = Date.now() + 240_000; !(await seen()); await sleep(100)) {
      if (child.exitCode !== null || Date.now() > end) assert.fail(JSON.stringify(await ended));
    }
  }
  /** A deployment that is killed, with all that it runs, as soon as something is so. */
  async function killedWhen(seen: () => Promise<boolean>, etcdBootstrapped = true): Promise<void> {
    const run = await deployment();
    await during(run, seen);
    assert.ok(run.child.pid !== undefined);
    process.kill(-run.child.pid, "SIGKILL");
    await run.ended;
    await sandbox.programsGone();
    const options = { etcdBootstrapped: () => Promise.resolve(etcdBootstrapped) };
    await recover(sandboxEngine(sandbox.layout), stack, options);
  }
  const toldTimes = async (machine: string, method: string) =>
    (await told(machine)).filter((each) => each === method).length;
  const up = () => pulumi("up", "--yes", "--skip-preview");
  const versions = async () => JSON.parse(await pulumi("stack", "output", "talosVersions", "--json")) as object;
  const stages = async () => Object.fromEntries((await daemon()).machines.map(({ name, stage }) => [name, stage]));
  return {
    boot,
    change,
    installer,
    pulumi,
    trouble,
    calm,
    told,
    toldTimes,
    deployment,
    during,
    killedWhen,
    up,
    versions,
    stages,
  };
}
