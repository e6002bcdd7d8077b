import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import type { FleetEvent } from "../../automation/fleet/events";
import type { Retries } from "../../automation/fleet/attempts";
import type { StackOutcome } from "../../automation/fleet/outcome";
import { chartsOf, COMPONENTS } from "../../components/platform/registry";
import { Daemon, type DaemonStatus } from "../../sandbox/daemon";
import { sandboxFleet } from "../../sandbox/engine";
import { ChartProxy } from "./chart-proxy";
import { get } from "./kubernetes-objects";
import { type PlatformStep, settingsOf } from "./platform-steps";
import { customResources, StrictServer } from "./strict-objects";
import { TestSandbox } from "./support";

const STACK = "platform.sandbox";

interface Workload {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: { readonly replicas?: number };
  readonly status?: {
    readonly readyReplicas?: number;
    readonly desiredNumberScheduled?: number;
    readonly numberReady?: number;
  };
}

/** A management cluster that every component can be switched on in, and its platform. */
export class PlatformCloud {
  readonly sandbox = TestSandbox.create();
  kubeconfig = "";
  private own: Readonly<Record<string, unknown>> = {};
  private proxy: ChartProxy | undefined;

  async start(): Promise<void> {
    const { clusters } = await this.sandbox.start("--only", "base", "--ready-for", "all");
    this.kubeconfig = fs.readFileSync(clusters[0]?.kubeconfig ?? "", "utf8");
    const { charts } = await this.status();
    this.proxy = await ChartProxy.start(() => charts);
    await this.pulumi("config", "set", "--secret", "firmament:backupCredentials", "[default]");
    const own = this.read().config["firmament:platform"] ?? assert.fail("no settings of a platform");
    this.own = { ...own, mirror: { charts: this.proxy.url } };
  }

  async destroy(): Promise<void> {
    this.proxy?.close();
    await this.sandbox.destroy();
  }

  get charts(): ChartProxy {
    return this.proxy ?? assert.fail("it is not started");
  }

  async status(): Promise<DaemonStatus> {
    return (await new Daemon(this.sandbox.layout).status()) ?? assert.fail("no daemon");
  }

  async pulumi(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.sandbox.pulumi([...args, "--stack", STACK]);
    assert.equal(code, 0, `pulumi ${args.join(" ")}: ${stdout}${stderr}`);
    return stdout;
  }

  /** Gives the platform the settings of a step; nothing is deployed. */
  set(step: PlatformStep): void {
    const content = this.read();
    content.config["firmament:platform"] = settingsOf(step, this.own);
    fs.writeFileSync(this.file, stringify(content));
  }

  /** Deploys it as `firmament up` does. */
  async up(retries: Retries, on: (event: FleetEvent) => Promise<void> | void = () => undefined): Promise<StackOutcome> {
    const fleet = sandboxFleet(this.sandbox.layout, { policies: false });
    const run = fleet.up({ stacks: [STACK] }, { retries });
    for await (const event of run) await on(event);
    const [outcome] = (await run.result).stacks;
    return outcome ?? assert.fail("no outcome");
  }

  /** Names of Helm's releases in the cluster whose last revision is deployed. */
  async releases(): Promise<string[]> {
    const query = "labelSelector=owner%3Dhelm,status%3Ddeployed";
    const { items } = (await get(this.kubeconfig, `/api/v1/secrets?${query}`)) as {
      items: readonly { metadata: { labels: Record<string, string> } }[];
    };
    return items.map(({ metadata }) => metadata.labels["name"] ?? "").sort();
  }

  /** What is wrong with the platform as it runs: objects that are not as strict servers want them, pods not ready. */
  async problems(): Promise<string[]> {
    const server = new StrictServer(this.kubeconfig);
    const objects = customResources(await this.pulumi("stack", "export"));
    assert.ok(objects.length > 5, `${objects.length} custom resources`);
    const refused: string[] = [];
    for (const object of objects) {
      // one after the other: each is a connection of its own
      await server
        .accepts(object)
        .catch((error: unknown) => refused.push(`${object.kind} ${object.metadata.name}: ${String(error)}`));
    }
    return [...refused, ...(await this.unready())];
  }

  private async unready(): Promise<string[]> {
    const all = await Promise.all(
      ["deployments", "statefulsets", "daemonsets"].map(
        async (kind) => ((await get(this.kubeconfig, `/apis/apps/v1/${kind}`)) as { items: readonly Workload[] }).items,
      ),
    );
    return all.flat().flatMap(({ metadata, spec, status = {} }) => {
      const wanted = status.desiredNumberScheduled ?? spec.replicas ?? 1;
      const ready = status.numberReady ?? status.readyReplicas ?? 0;
      return ready < wanted ? [`${metadata.namespace}/${metadata.name}: ${ready} of ${wanted}`] : [];
    });
  }

  private get file(): string {
    return path.join(this.sandbox.layout.workspace, `Pulumi.${STACK}.yaml`);
  }

  private read(): { config: Record<string, Record<string, unknown>> } {
    return parse(fs.readFileSync(this.file, "utf8")) as { config: Record<string, Record<string, unknown>> };
  }
}

/** Charts that a step has. */
export function chartsIn({ on, off }: PlatformStep): string[] {
  const enabled = COMPONENTS.filter(({ name, enabledByDefault = true }) =>
    enabledByDefault ? !off.includes(name) : on.includes(name),
  );
  return chartsOf(enabled)
    .map(({ chart }) => chart)
    .sort();
}
