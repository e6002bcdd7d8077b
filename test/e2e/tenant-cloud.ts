import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse, stringify } from "yaml";
import { Daemon } from "../../sandbox/daemon";
import { create, get, patch } from "./kubernetes-objects";
import type { SharedCloud } from "./shared-cloud";
import type { TestSandbox } from "./support";

/** As much of an object as tests look at. */
export interface Thing {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** Settings of a tenant, as in its stack file. */
export type TenantSettings = Record<"addons" | "nodePools" | "quota", Record<string, object>>;

const TENANT = "acme";

/** Namespace of the tenant in the management cluster. */
export const NAMESPACE = `tenant-${TENANT}`;

/** Where tests make their own objects in the tenant. */
export const PODS = "/api/v1/namespaces/default/pods";

const INSTANCES = `/apis/kubevirt.io/v1/namespaces/${NAMESPACE}/virtualmachineinstances`;

/** A cloud for the suites that look at what a tenant can do. */
export class TenantCloud {
  readonly sandbox: TestSandbox;

  constructor(private readonly cloud: SharedCloud) {
    this.sandbox = cloud.sandbox;
  }

  /** Deploys the tenant with other settings. */
  async deploy(change: (settings: TenantSettings) => void): Promise<void> {
    const stack = `tenant.sandbox.${TENANT}`;
    const file = path.join(this.sandbox.layout.workspace, `Pulumi.${stack}.yaml`);
    const content = parse(fs.readFileSync(file, "utf8")) as { config: { "firmament:tenant": TenantSettings } };
    change(content.config["firmament:tenant"]);
    fs.writeFileSync(file, stringify(content));
    const { code, stdout, stderr } = await this.sandbox.pulumi(["up", "--yes", "--skip-preview", "--stack", stack]);
    assert.equal(code, 0, `${stdout}${stderr}`);
  }

  kubeconfig(name: string): string {
    return this.cloud.kubeconfig(name);
  }

  /** Administrator's kubeconfig of the tenant. */
  get tenant(): string {
    return this.kubeconfig(TENANT);
  }

  /** Administrator's kubeconfig of the management cluster. */
  get parent(): string {
    return this.kubeconfig("sandbox");
  }

  /** Machines of a pool of the tenant that run, by name. */
  async instances(pool?: string): Promise<readonly Thing[]> {
    const all = await list(this.parent, INSTANCES);
    const of = ({ metadata }: Thing) => metadata.labels?.["cluster.x-k8s.io/deployment-name"];
    return pool === undefined ? all : all.filter((each) => of(each) === `${TENANT}-${pool}`);
  }

  /** Lets a virtual machine end, as KubeVirt records that its host failed or that its guest powered off. */
  async end(instance: Thing, phase: "Failed" | "Succeeded"): Promise<void> {
    await patch(this.parent, `${INSTANCES}/${instance.metadata.name}`, { status: { phase } });
  }

  /** Kills the one process of the tenant whose name has a part: a container of a tenant's controller, or a part of its control plane. */
  async kill(part: string): Promise<void> {
    const { processes } = (await new Daemon(this.sandbox.layout).status()) ?? assert.fail("no daemon");
    const found = processes.filter(({ name }) => name.includes(NAMESPACE) && name.includes(part));
    assert.equal(found.length, 1, `${part}: ${found.map(({ name }) => name).join()}`);
    process.kill(found[0]?.pid ?? assert.fail(), "SIGKILL");
  }
}

/** Objects at a path of their kind. */
export async function list(kubeconfig: string, at: string): Promise<readonly Thing[]> {
  return ((await get(kubeconfig, at)) as { items: readonly Thing[] }).items;
}

export function namesOf(things: readonly Thing[]): string[] {
  return things.map(({ metadata }) => metadata.name).sort();
}

/** The object at a path; undefined where there is none. */
export async function one(kubeconfig: string, at: string): Promise<Thing | undefined> {
  return (await get(kubeconfig, at)) as Thing | undefined;
}

/** Until a check gives something, for some minutes: a busy machine needs many. Errors are no answer. */
export async function eventually<T>(what: string, check: () => Promise<T | undefined>): Promise<T> {
  let last: unknown;
  for (const end = Date.now() + 8 * 60_000; ; await sleep(500)) {
    const found = await check().catch((error: unknown) => {
      last = error;
      return undefined;
    });
    if (found !== undefined) return found;
    assert.ok(Date.now() < end, `${what}${last === undefined ? "" : `: ${String(last)}`}`);
  }
}

/** Makes a pod in the tenant's namespace default. */
export function createPod(kubeconfig: string, name: string, spec: object): Promise<void> {
  return create(kubeconfig, PODS, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default" },
    spec,
  });
}

/** The pod, once it runs. */
export function runningPod(kubeconfig: string, name: string): Promise<Thing> {
  return eventually(`pod ${name} runs`, async () => {
    const found = await one(kubeconfig, `${PODS}/${name}`);
    return found?.status?.["phase"] === "Running" ? found : undefined;
  });
}

/** Whether a condition of an object is True. */
export function isTrue({ status }: Thing, type: string): boolean {
  const conditions = (status?.["conditions"] ?? []) as readonly { type: string; status: string }[];
  return conditions.some((each) => each.type === type && each.status === "True");
}
