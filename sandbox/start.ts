import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { policyConfig, renderedReleases } from "../automation/policy-config";
import { PULUMI_PLUGINS } from "../versions/pulumi";
import { crdBundle, writeChartRepository } from "./charts";
import { Daemon, type DaemonConfig, type DaemonStatus } from "./daemon";
import { Engine, type StackResult } from "../automation/engine";
import { countNodes, get } from "./kube";
import type { Layout } from "./layout";
import { writePolicyPack } from "./policy-pack";
import { REAL, SIMULATED } from "./reality";
import { recover } from "../automation/recover";
import type { ClusterReport, Report } from "./report";
import { type ResolvedTool, resolveTools, type ToolchainOptions, type ToolName } from "./offline/toolchain";
import { CLOUD, sandboxMachines, sandboxStacks, writeWorkspace } from "./workspace";

export interface StartOptions {
  readonly layout: Layout;
  readonly toolchain: ToolchainOptions;
  /** Ports that the sandbox may use, both included. */
  readonly ports: { readonly from: number; readonly to: number };
  /** Says what is going on, one line each. */
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** Started by the daemon when they are needed. */
export const DAEMON_TOOLS = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
  "capi-core",
  "capi-kubeadm-bootstrap",
  "capk",
] as const satisfies readonly ToolName[];

/** On the PATH of the Pulumi CLI. */
const PATH_TOOLS = ["pulumi", "pulumi-language-nodejs"] as const satisfies readonly ToolName[];

/** After all stacks are up, nodes join within seconds. */
const NODES_SECONDS = 60;

/** Raises the whole cloud, or brings a cloud that is partly there to its end. */
export async function start(options: StartOptions): Promise<Report> {
  const started = Date.now();
  const { layout, say } = options;
  const stacks = sandboxStacks(layout);

  const wanted = [...DAEMON_TOOLS, ...PATH_TOOLS, ...pluginTools(), "helm", "sandboxd"] as const;
  const tools = await resolveTools(wanted, options.toolchain);
  const crds = await crdBundle(options.toolchain);
  const status = await startDaemon(options, tools, crds);
  await writeChartRepository(layout.charts, crds, status.charts);
  writeWorkspace(layout, stacks, status);
  const engine = new Engine(layout, options.signal);
  await prepareEngine(engine, layout, tools);
  const policies = {
    pack: await writePolicyPack(layout.policyPack, layout.bin),
    config: writePolicyConfig(layout, {}),
  };

  const deploy = async (stack: string, kubeconfig: () => Promise<string | undefined>): Promise<StackResult> => {
    await recover(engine, layout, stack, status, kubeconfig);
    await engine.initialize(stack);
    say(`${stack}: deploying`);
    const result = await engine.up(stack, policies);
    say(`${stack}: ${result.resources} resources in ${result.seconds.toFixed(1)} s`);
    return result;
  };

  const rendering = renderedReleases(layout.root, CLOUD, { helm: pathOf(tools, "helm"), charts: layout.charts });
  // it is waited for below; what goes wrong until then is no business of whoever catches what nobody waits for
  rendering.catch(() => undefined);
  const base = await deploy(stacks.base, () => Promise.resolve(undefined));
  const renders = await rendering;
  // base has no charts; the stacks above it do
  writePolicyConfig(layout, renders);
  const management = await writeKubeconfig(engine, layout, stacks.base, base);
  const platform = await deploy(stacks.platform, () => Promise.resolve(management));
  const tenants = await Promise.all(
    stacks.tenants.map((stack) => deploy(stack, () => tenantKubeconfig(management, stack))),
  );
  await Promise.all(tenants.map((result) => writeKubeconfig(engine, layout, result.name, result)));

  const results = [base, platform, ...tenants];
  return {
    ok: true,
    clusters: await Promise.all([stacks.base, ...stacks.tenants].map((stack) => clusterReport(layout, stack))),
    stacks: results.map(({ errors: _, ...result }) => ({ layer: layerOf(result.name), ...result })),
    simulated: SIMULATED,
    real: REAL,
    seconds: (Date.now() - started) / 1000,
  };
}

/** The rules are configured as for every cloud of the project. */
function writePolicyConfig({ root, directory }: Layout, renders: object): string {
  const file = path.join(directory, "policies.json");
  fs.writeFileSync(file, policyConfig(root, CLOUD, renders));
  return file;
}

async function startDaemon(
  { layout, ports }: StartOptions,
  tools: ReadonlyMap<ToolName, ResolvedTool>,
  crds: string,
): Promise<DaemonStatus> {
  fs.mkdirSync(layout.charts, { recursive: true });
  const config: DaemonConfig = {
    name: "sandbox",
    stateDir: layout.directory,
    tools: Object.fromEntries(DAEMON_TOOLS.map((name) => [name, pathOf(tools, name)])),
    crds,
    ports,
    machines: sandboxMachines(layout).map((name) => ({ name })),
    charts: layout.charts,
  };
  return new Daemon(layout).start(pathOf(tools, "sandboxd"), config);
}

/** Gives the CLI its PATH and its plugins. */
async function prepareEngine(
  engine: Engine,
  layout: Layout,
  tools: ReadonlyMap<ToolName, ResolvedTool>,
): Promise<void> {
  for (const name of PATH_TOOLS) link(pathOf(tools, name), path.join(layout.bin, name));
  for (const [name, version] of Object.entries(PULUMI_PLUGINS)) {
    await engine.installPlugin(name, version, pathOf(tools, `pulumi-resource-${name as keyof typeof PULUMI_PLUGINS}`));
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

/** Kubeconfigs are read from the stacks' contracts; a stack that did not change keeps its file. */
async function writeKubeconfig(engine: Engine, layout: Layout, stack: string, result: StackResult): Promise<string> {
  const file = kubeconfigPath(layout, stack);
  const { create, update, replace } = result.changes;
  if (fs.existsSync(file) && create + update + replace === 0) return fs.readFileSync(file, "utf8");
  const kubeconfig = await engine.output(stack, "kubeconfig");
  fs.mkdirSync(layout.kubeconfigs, { recursive: true, mode: 0o700 });
  fs.writeFileSync(file, kubeconfig, { mode: 0o600 });
  return kubeconfig;
}

/** Of a tenant whose stack is not finished: as Cluster API keeps it in the tenant's namespace. */
async function tenantKubeconfig(management: string, stack: string): Promise<string | undefined> {
  const tenant = stack.split(".").at(-1) ?? "";
  const secret = `/api/v1/namespaces/tenant-${tenant}/secrets/${tenant}-kubeconfig`;
  const found = (await get(management, secret).catch(() => undefined)) as { data?: { value?: string } } | undefined;
  return found?.data?.value === undefined ? undefined : Buffer.from(found.data.value, "base64").toString("utf8");
}

async function clusterReport(layout: Layout, stack: string): Promise<ClusterReport> {
  const kubeconfig = kubeconfigPath(layout, stack);
  const text = fs.readFileSync(kubeconfig, "utf8");
  const end = Date.now() + NODES_SECONDS * 1000;
  let counted = await countNodes(text);
  while (counted.nodes === 0 || counted.readyNodes < counted.nodes) {
    if (Date.now() > end) break;
    await sleep(500);
    counted = await countNodes(text);
  }
  return { name: stack.split(".").at(-1) ?? stack, layer: layerOf(stack), kubeconfig, ...counted };
}

function kubeconfigPath(layout: Layout, stack: string): string {
  const name = stack.startsWith("base.") ? "management" : (stack.split(".").at(-1) ?? stack);
  return path.join(layout.kubeconfigs, `${name}.yaml`);
}

function layerOf(stack: string): string {
  return stack.split(".")[0] ?? stack;
}
