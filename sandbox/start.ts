import * as fs from "node:fs";
import * as path from "node:path";
import { PULUMI_PLUGINS } from "../versions/pulumi";
import { crdBundle, fakeKinds, fakeProviders, sandboxComponents } from "./charts";
import type { Component } from "../components/platform/component";
import { allAnswer, clusterReport, layerOf, writeKubeconfig } from "./clusters";
import { Daemon, type DaemonConfig, type DaemonStatus } from "./daemon";
import type { Engine } from "../automation/engine";
import type { StackResult } from "../automation/engine-options";
import type { FleetEvent } from "../automation/fleet/events";
import { resultsOf } from "../automation/fleet/outcome";
import { hasState, installPlugin, sandboxEngine, sandboxFleet, wasInterrupted } from "./engine";
import { judgedReleases, judgementOf } from "./judged";
import { writeLanguageHost } from "./language-host";
import type { Layout } from "./layout";
import { writePolicyPack } from "./policy-pack";
import { REAL, SIMULATED, simulatedWith, textOf } from "./parts";
import type { Report } from "./report";
import { writeSandboxCharts } from "./sandbox-charts";
import { type Made, settle, unchanged } from "./settled";
import { writeShellPulumi } from "./shell";
import { type ResolvedTool, resolveTools, type ToolchainOptions, type ToolName } from "./offline/toolchain";
import { toolEnvironment } from "./tool-environment";
import {
  CLOUD,
  componentSwitches,
  readHardware,
  sandboxMachines,
  sandboxSchematics,
  sandboxStacks,
  type Stacks,
  writeWorkspace,
} from "./workspace";

export interface StartOptions {
  readonly layout: Layout;
  readonly toolchain: ToolchainOptions;
  /** Ports that the sandbox may use, both included. */
  readonly ports: { readonly from: number; readonly to: number };
  /** Only the management cluster: no platform, no tenants. Default: the whole cloud. */
  readonly only?: "base";
  /** How many machines there are beside those of the stack file, in maintenance mode. Default: none. */
  readonly spare?: number;
  /** Components that `pulumi` may switch on in this cloud later, beside those of its stack file. Default: none. */
  readonly readyFor?: readonly string[];
  /** Progress, a line each. */
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** Started by the daemon when they are needed. */
export const DAEMON_TOOLS = [
  "etcd",
  "etcdutl",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
  "capi-core",
  "capi-kubeadm-bootstrap",
  "capk",
  "csi-provisioner",
  "csi-resizer",
  "csi-attacher",
  "kubevirt-csi-driver",
  "cluster-autoscaler",
  "kubevirt-ccm",
] as const satisfies readonly ToolName[];

/** On the PATH of the Pulumi CLI. */
const PATH_TOOLS = ["pulumi", "pulumi-language-nodejs"] as const satisfies readonly ToolName[];

/** A sandbox whose machines wait and whose engine works: everything but what stacks deploy. */
export interface Prepared {
  readonly engine: Engine;
  readonly status: DaemonStatus;
  readonly tools: ReadonlyMap<ToolName, ResolvedTool>;
  /** Components of the platform that it is made ready for. */
  readonly components: readonly Component[];
}

/** Starts the machines, and the engine's workspace with all stack files; stacks that do not exist yet are made, empty. */
export async function prepare(options: StartOptions, stacks: Stacks, made: readonly string[]): Promise<Prepared> {
  const { layout, log } = options;
  const wanted = [...DAEMON_TOOLS, ...PATH_TOOLS, ...pluginTools(), "helm", "sandboxd"] as const;
  const env = toolEnvironment(options.toolchain.env ?? process.env, layout.directory);
  const toolchain = { ...options.toolchain, env };
  const tools = await resolveTools(wanted, toolchain);
  const components = sandboxComponents(componentSwitches(layout), options.readyFor);
  const crds = await crdBundle(toolchain, components);
  const status = await startDaemon(options, tools, crds, components);
  await writeSandboxCharts(layout, crds, status.charts, components);
  const replaced = writeWorkspace(layout, stacks, status);
  for (const { file, kept, source } of replaced) {
    log(`${file}: was changed and is written again from ${source}, which is the file to edit; the old one: ${kept}`);
  }
  // what an engine that was killed has left
  fs.rmSync(layout.temporary, { recursive: true, force: true });
  const engine = sandboxEngine(layout, options.signal);
  await prepareEngine(engine, layout, tools);
  const unborn = made.filter((stack) => !hasState(layout, stack));
  if (unborn.length > 0) await engine.create(unborn);
  return { engine, status, tools, components };
}

/**
 * Raises the whole cloud, or brings a cloud that is partly there to its end. Where nothing that it is made from has
 * changed, previews side by side say so, and nothing is deployed.
 */
export async function start(options: StartOptions): Promise<Report> {
  const started = Date.now();
  const { layout, log } = options;
  const stacks = sandboxStacks(layout);
  const tenants = options.only === "base" ? [] : stacks.tenants;
  const wanted = [stacks.base, ...(options.only === "base" ? [] : [stacks.platform, ...tenants])];
  const prepared = await prepare(options, stacks, [stacks.base, stacks.platform, ...stacks.tenants]);
  const { engine, tools, components } = prepared;
  const judgement = judgementOf(layout, pathOf(tools, "helm"));
  const made: Made = {
    stacks: wanted,
    judgement,
    tools: [...tools].map(([name, { path: file }]) => [name, file]),
  };
  const clusters = [stacks.base, ...tenants];
  const same = await unchanged(layout, made, engine, () => allAnswer(layout, clusters));
  if (same !== undefined) log(same.reason);
  const results = same?.results ?? (await deploy(options, prepared, made, clusters));
  return {
    ok: true,
    clusters: await Promise.all(clusters.map((stack) => clusterReport(layout, stack, wanted.length > 1))),
    stacks: results.map(({ errors: _, warnings: __, refusedByPolicy: ___, ...result }) => ({
      layer: layerOf(result.name),
      ...result,
    })),
    simulated: [...SIMULATED, ...simulatedWith(components)].map(textOf),
    real: REAL.map(textOf),
    seconds: (Date.now() - started) / 1000,
  };
}

/** Deploys the stacks, each after what it builds on, held against the rules; then the kubeconfigs are there. */
async function deploy(
  { layout, log, signal }: StartOptions,
  { engine, status, tools }: Prepared,
  made: Made,
  clusters: readonly string[],
): Promise<readonly StackResult[]> {
  // judged once, for the operation and for users of the sandbox's own engine
  const judging = judgedReleases(layout, pathOf(tools, "helm"), made.judgement);
  // it is waited for where it is used; an error until then is not reported as an unhandled rejection
  judging.catch(() => undefined);
  await writePolicyConfig(layout, {});
  const fleet = sandboxFleet(layout, {
    policies: { pack: await writePolicyPack(layout.policyPack), project: layout.root, renders: () => judging },
    // tenants wait for the cluster, not for processors
    concurrency: Math.max(1, clusters.length - 1),
    etcdBootstrapped: bootstrapped(status),
    ...(signal === undefined ? {} : { signal }),
  });
  const run = fleet.up({ stacks: made.stacks }, { interrupted: (stack) => wasInterrupted(layout, stack) });
  for await (const event of run) tell(event, log);
  const outcome = await run.result;
  const done = outcome.stacks.flatMap((each) => (each.status === "done" ? [each.result] : []));
  await Promise.all(
    done.filter(({ name }) => clusters.includes(name)).map((result) => writeKubeconfig(engine, layout, result)),
  );
  const results = resultsOf(outcome);
  await writePolicyConfig(layout, await judging);
  settle(layout, made);
  return results;
}

function tell(event: FleetEvent, log: StartOptions["log"]): void {
  if (event.type === "started") log(`${event.stack}: deploying`);
  if (event.type !== "finished" || event.outcome.status !== "done") return;
  const { name, resources, seconds, warnings } = event.outcome.result;
  log(`${name}: ${resources} resources in ${seconds.toFixed(1)} s`);
  for (const warning of warnings) log(`${name}: warning: ${warning}`);
}

/** The rules are configured as for every cloud of the project. */
async function writePolicyConfig({ root, directory }: Layout, renders: object): Promise<void> {
  // loads the Pulumi SDK, which a start has no need of that deploys nothing
  const { policyConfig } = await import("../automation/policy-config.js");
  fs.writeFileSync(path.join(directory, "policies.json"), policyConfig(root, CLOUD, renders));
}

async function startDaemon(
  { layout, ports, spare }: StartOptions,
  tools: ReadonlyMap<ToolName, ResolvedTool>,
  crds: string,
  components: readonly Component[],
): Promise<DaemonStatus> {
  fs.mkdirSync(layout.charts, { recursive: true });
  const config: DaemonConfig = {
    name: "sandbox",
    stateDir: layout.directory,
    tools: Object.fromEntries(DAEMON_TOOLS.map((name) => [name, pathOf(tools, name)])),
    crds,
    ports,
    machines: sandboxMachines(layout, spare).map((name) => ({ name, hardware: readHardware(layout)[name] ?? {} })),
    schematics: sandboxSchematics(layout),
    charts: layout.charts,
    fakes: fakeKinds(components),
    providers: fakeProviders(components),
  };
  return new Daemon(layout).start(pathOf(tools, "sandboxd"), config);
}

/** Gives the CLI its PATH and its plugins. */
async function prepareEngine(
  engine: Engine,
  layout: Layout,
  tools: ReadonlyMap<ToolName, ResolvedTool>,
): Promise<void> {
  link(pathOf(tools, "pulumi"), path.join(layout.bin, "pulumi"));
  writeLanguageHost(layout, pathOf(tools, "pulumi-language-nodejs"));
  writeShellPulumi(layout);
  for (const [name, version] of Object.entries(PULUMI_PLUGINS)) {
    const file = pathOf(tools, `pulumi-resource-${name as keyof typeof PULUMI_PLUGINS}`);
    await installPlugin(engine, layout, { name, version, file });
  }
}

function pluginTools(): ToolName[] {
  return Object.keys(PULUMI_PLUGINS).map((name) => `pulumi-resource-${name as keyof typeof PULUMI_PLUGINS}` as const);
}

function pathOf(tools: ReadonlyMap<ToolName, ResolvedTool>, name: ToolName): string {
  const tool = tools.get(name);
  if (tool === undefined) throw new Error(`${name}: not resolved`);
  return tool.path;
}

function link(target: string, file: string): void {
  if (fs.existsSync(file) && fs.readlinkSync(file) === target) return;
  fs.rmSync(file, { force: true });
  fs.symlinkSync(target, file);
}

/** Whether etcd of the machine at an address has been bootstrapped: its stage shows it. */
function bootstrapped({ machines }: DaemonStatus): (node: string) => Promise<boolean> {
  return (node) => {
    const stage = machines.find(({ address }) => address === node)?.stage;
    return Promise.resolve(stage === "bootstrapped" || stage === "running");
  };
}
