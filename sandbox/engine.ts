import * as fs from "node:fs";
import * as path from "node:path";
import { Engine } from "../automation/engine";
import type { EngineOptions } from "../automation/engine-options";
import { Fleet, type FleetOptions } from "../automation/fleet/fleet";
import type { Layout } from "./layout";

/** Variables with which a user's own `pulumi` works on this sandbox. */
export function sandboxEnvironment(layout: Layout): Record<string, string> {
  return {
    PATH: `${layout.bin}${path.delimiter}${process.env["PATH"] ?? ""}`,
    PULUMI_HOME: layout.pulumiHome,
    PULUMI_BACKEND_URL: `file://${layout.backend}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: layout.passphrase,
    PULUMI_K8S_HELM_REPOSITORY_CACHE: layout.chartCache,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
}

/** The engine of a sandbox: its own plugins, state and passphrase; the user's environment changes none of them. */
export function sandboxEngine(layout: Layout, signal?: AbortSignal): Engine {
  return new Engine({ workDir: layout.workspace, ...engineOptions(layout, signal) });
}

/** The stacks of a sandbox, on that engine. Failures are shown as they come: nothing is tried again. */
export function sandboxFleet(
  layout: Layout,
  { signal, ...options }: Pick<FleetOptions, "signal" | "policies" | "concurrency" | "etcdBootstrapped">,
): Fleet {
  return new Fleet({
    project: layout.workspace,
    ...engineOptions(layout, signal),
    retries: { retries: 0 },
    ...options,
  });
}

function engineOptions(layout: Layout, signal: AbortSignal | undefined): Omit<EngineOptions, "workDir"> {
  return {
    pulumiRoot: path.dirname(layout.bin),
    // whose stack files its tenants are compared with
    env: { ...sandboxEnvironment(layout), FIRMAMENT_PROJECT: layout.root },
    userSettings: false,
    temporary: layout.temporary,
    logs: layout.logs,
    ...(signal === undefined ? {} : { signal }),
  };
}

/** Puts a plugin into the sandbox's Pulumi home; nothing to do when exactly this one is there. */
export async function installPlugin(
  engine: Engine,
  { pulumiHome }: Layout,
  { name, version, file }: { readonly name: string; readonly version: string; readonly file: string },
): Promise<void> {
  const directory = path.join(pulumiHome, "plugins", `resource-${name}-v${version}`);
  const stamp = path.join(pulumiHome, `${name}.source`);
  if (fs.existsSync(directory) && fs.existsSync(stamp) && fs.readFileSync(stamp, "utf8") === file) return;
  await engine.installPlugin(name, version, file);
  fs.writeFileSync(stamp, file);
}

/** Whether a stack has a state. */
export function hasState(layout: Layout, stack: string): boolean {
  return fs.existsSync(stateFile(layout, stack));
}

/** Whether a deployment of a stack was killed: it left its lock or an operation without an end. */
export function wasInterrupted(layout: Layout, stack: string): boolean {
  if (!hasState(layout, stack)) return false;
  const locks = path.join(layout.backend, ".pulumi", "locks", "organization", "firmament", stack);
  if (fs.existsSync(locks) && fs.readdirSync(locks).length > 0) return true;
  return fs.readFileSync(stateFile(layout, stack), "utf8").includes('"pending_operations"');
}

/** Where the engine keeps the state of a stack. */
export function stateFile({ backend }: Layout, stack: string): string {
  return path.join(backend, ".pulumi", "stacks", "firmament", `${stack}.json`);
}
