import { InvalidInput, refuse } from "../../components/core/problem";
import { fieldsOf } from "../../components/core/fields";
import { offers as offersSchema, type Offers as OfferSettings } from "../../components/platform/offers";
import { tenantName } from "../../stacks/inventory/tenant-name";
import type { Fleet, Run } from "../fleet/fleet";
import { FAILURES } from "../failure/kinds";
import { newTenant } from "../tenants/new";
import { removeTenant } from "../tenants/remove";
import { resizePool } from "../tenants/resize";
import { amountsOf, KEYS, sum } from "./amounts";
import { type CloudCluster, type NewCluster, type PortalCloud, type Work, WorkFailed } from "./cloud";
import { Memory } from "./memory";
import type { Amounts, Limit, Offers } from "./page/wire";
import { progressOf } from "./progress";
import { TenantFiles } from "./tenant-files";

export interface FleetCloudOptions {
  readonly fleet: Fleet;
  /** Directory of Pulumi.yaml. */
  readonly project: string;
  readonly cloud: string;
  /** Where the platform's contract offers nothing. */
  readonly offers?: OfferSettings | undefined;
}

/** Milliseconds for which what the backend says is taken for true; what a job changes is asked for at once. */
const FRESH = 30_000;

/** The cloud of a project: its stack files and inventory, and operations on its stacks. */
export class FleetCloud implements PortalCloud {
  private readonly files: TenantFiles;
  private readonly platform = new Memory(FRESH, () => this.readOffers());
  private readonly deployed = new Memory(FRESH, () => this.readDeployed());

  constructor(private readonly options: FleetCloudOptions) {
    this.files = new TenantFiles(options.project, options.cloud);
  }

  async offers(): Promise<Offers> {
    const { versions, sizes, mostMachines } = await this.platform.value();
    const newest = (one: string, other: string) => other.localeCompare(one, "en", { numeric: true });
    return {
      versions: Object.keys(versions).sort(newest),
      sizes: Object.entries(sizes).map(([name, size]) => ({ name, ...size })),
      mostMachines,
    };
  }

  async clusters(): Promise<readonly CloudCluster[]> {
    const deployed = await this.deployed.value();
    return this.files.tenants().map((tenant) => ({ ...tenant, deployed: deployed.has(this.stackOf(tenant.id)) }));
  }

  idOf(customer: string, name: string): string {
    return tenantName(name, customer);
  }

  async reserve(wanted: NewCluster, limit: Limit): Promise<void> {
    const { customer, name, version, pools, allow, isProtected } = wanted;
    const id = this.idOf(customer, name);
    this.files.forget();
    const tenants = this.files.tenants();
    if (tenants.some((tenant) => tenant.id === id)) return;
    const { versions, sizes, mostMachines } = await this.platform.value();
    const image = Object.hasOwn(versions, version) ? versions[version] : undefined;
    const choose = (all: object) => `choose from ${Object.keys(all).join(", ") || "none"}`;
    refuse("the cluster", [
      ...(image === undefined
        ? [{ where: "version", given: version, rule: "must be offered", fix: choose(versions) }]
        : []),
      ...pools
        .filter(({ size }) => !Object.hasOwn(sizes, size))
        .map(({ name: pool, size }) => ({
          where: `pools.${pool}.size`,
          given: size,
          rule: "must be offered",
          fix: choose(sizes),
        })),
      ...pools
        .filter(({ upTo }) => upTo > mostMachines)
        .map(({ name: pool, upTo }) => ({
          where: `pools.${pool}.upTo`,
          given: String(upTo),
          rule: `must be at most ${mostMachines}`,
          fix: "choose less, or more pools",
        })),
    ]);
    const others = sum(tenants.filter((tenant) => tenant.customer === customer).map(({ quota }) => quota));
    await newTenant({
      root: this.options.project,
      cloud: this.options.cloud,
      name,
      customer,
      version,
      tier: isProtected ? "production" : "development",
      pools: pools.map((pool) => poolText(pool, sizes)),
      room: Object.fromEntries(pools.map(({ name: pool, upTo }) => [pool, upTo])),
      allow,
      ...(image === undefined ? {} : { image }),
      limit: (quota) => beyond(sum([others, amountsOf(quota)]), limit, customer),
    });
    this.files.forget();
  }

  resize(id: string, pool: string, machines: number): Promise<void> {
    // sync, and throws what is wrong
    return Promise.resolve().then(() => {
      resizePool({ root: this.options.project, stack: this.stackOf(id), pool, size: String(machines) });
      this.files.forget();
    });
  }

  async deploy(id: string, work: Work): Promise<void> {
    const { fleet } = this.options;
    await this.follow(fleet.up({ stacks: [this.stackOf(id)] }, { signal: work.signal }), work);
  }

  async remove(id: string, work: Work): Promise<void> {
    const { fleet, project } = this.options;
    const stack = this.stackOf(id);
    const there = async () => (await this.readDeployed(0)).has(stack);
    this.files.forget();
    if (this.files.tenants().some((tenant) => tenant.id === id)) {
      if (await there()) await this.follow(fleet.destroy({ stacks: [stack] }, { signal: work.signal }), work);
      await removeTenant({ root: project, stack }, fleet.engine);
      this.files.forget();
    }
    // its file is gone; the empty stack is left
    if (await there()) await fleet.engine.remove(stack);
    this.deployed.forget();
  }

  async recover(id: string): Promise<void> {
    const stack = this.stackOf(id);
    if ((await this.readDeployed(0)).has(stack)) await this.options.fleet.recover(stack);
  }

  async kubeconfig(id: string): Promise<string> {
    const { kubeconfig } = await this.options.fleet.engine.outputs(this.stackOf(id));
    const text: unknown = kubeconfig?.value;
    if (typeof text !== "string") {
      throw new WorkFailed("missing", "The cluster has no kubeconfig yet", true, `${id}: kubeconfig is not published`);
    }
    return text;
  }

  /** Reports what happens until the operation has come to its end. */
  private async follow(run: Run, work: Work): Promise<void> {
    try {
      for await (const event of run) {
        const progress = progressOf(event);
        if (progress !== undefined) work.report(progress);
      }
      const { stacks } = await run.result;
      for (const outcome of stacks) {
        if (outcome.status !== "failed") continue;
        const { kind, retryable } = outcome.failure;
        throw new WorkFailed(kind, `${FAILURES[kind].meaning}`, retryable, outcome.message);
      }
    } finally {
      this.deployed.forget();
    }
  }

  private async readOffers(): Promise<OfferSettings> {
    const { fleet, cloud, offers } = this.options;
    const stack = `platform.${cloud}`;
    const published: unknown = (await fleet.engine.outputs(stack))["offers"]?.value;
    if (published !== undefined) return offersSchema.parse(published);
    if (offers !== undefined) return offers;
    const fix = `set platform.offers and deploy ${stack}, or give offers in the portal's settings`;
    const rule = "must say which sizes and versions clusters can have";
    throw new InvalidInput("the platform", [{ where: `${stack}.offers`, given: "nothing", rule, fix }]);
  }

  /** @param least resources that a stack must have; an empty one has none, a deployed one has itself and more. */
  private async readDeployed(least = 1): Promise<ReadonlySet<string>> {
    const stacks = await this.options.fleet.engine.stacks();
    return new Set(stacks.filter(({ resourceCount = 0 }) => resourceCount >= least).map(({ name }) => name));
  }

  private stackOf(id: string): string {
    return `tenant.${this.options.cloud}.${id}`;
  }
}

function poolText({ name, size, machines }: NewCluster["pools"][number], sizes: OfferSettings["sizes"]): string {
  const { cpus, memory, disk } = fieldsOf(Object.hasOwn(sizes, size) ? sizes[size] : undefined);
  const parts = { replicas: machines, cpus, memory, disk };
  const texts = Object.entries(parts).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${String(value)}`],
  );
  return `${name}=${texts.join(",")}`;
}

function beyond(all: Amounts, limit: Limit, customer: string) {
  return KEYS.flatMap((key) => {
    const most = limit[key];
    const given = all[key];
    if (most === undefined || given <= most) return [];
    const text = (value: number) => (key === "cpu" ? `${value} cores` : `${Math.ceil(value / 2 ** 30)} GiB`);
    const rule = `all clusters of ${customer} together may have ${text(most)}`;
    return [
      { where: `quota.${key}`, given: text(given), rule, fix: "choose fewer or smaller machines, or ask for more" },
    ];
  });
}
