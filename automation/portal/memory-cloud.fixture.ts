import { setTimeout as sleep } from "node:timers/promises";
import { InvalidInput } from "../../components/core/problem";
import { tenantName } from "../../stacks/inventory/tenant-name";
import { amountsOf, KEYS, sum } from "./amounts";
import { type CloudCluster, type NewCluster, type PortalCloud, type Work, WorkFailed } from "./cloud";
import type { Limit, Offers } from "./page/wire";

const GIBIBYTE = 2 ** 30;

/** A cloud in memory, as strict as the real one about names, offers, limits and order; work waits to be let go on. */
export class MemoryCloud implements PortalCloud {
  readonly known = new Map<string, CloudCluster>();
  /** What was called, in its order. */
  readonly calls: string[] = [];
  /** Milliseconds that each step of work takes. */
  pace = 0;
  /** Whether work hangs until it is aborted. */
  hangs = false;
  private held: Promise<void> = Promise.resolve();
  /** What the next work fails with. */
  failure: Error | undefined;

  constructor(clusters: readonly CloudCluster[] = []) {
    for (const cluster of clusters) this.known.set(cluster.id, cluster);
  }

  offers(): Promise<Offers> {
    return Promise.resolve({
      versions: ["v1.34.1", "v1.33.5"],
      sizes: [
        { name: "small", cpus: 2, memory: "8Gi" },
        { name: "large", cpus: 8, memory: "32Gi", disk: "100Gi" },
      ],
      mostMachines: 10,
    });
  }

  clusters(): Promise<readonly CloudCluster[]> {
    return Promise.resolve([...this.known.values()].sort((one, other) => (one.id < other.id ? -1 : 1)));
  }

  idOf(customer: string, name: string): string {
    return tenantName(name, customer);
  }

  async reserve(wanted: NewCluster, limit: Limit): Promise<void> {
    const id = this.idOf(wanted.customer, wanted.name);
    this.calls.push(`reserve ${id}`);
    if (this.known.has(id)) return;
    const { versions, sizes } = await this.offers();
    const wrong = (where: string, given: string, rule: string) =>
      new InvalidInput("the cluster", [{ where, given, rule, fix: "choose another one" }]);
    if (!versions.includes(wanted.version)) throw wrong("version", wanted.version, "must be offered");
    const pools = wanted.pools.map(({ name, size, machines, upTo }) => {
      const found = sizes.find((each) => each.name === size);
      if (found === undefined) throw wrong(`pools.${name}.size`, size, "must be offered");
      return { name, cpus: found.cpus, memory: found.memory, machines, upTo };
    });
    for (const network of wanted.allow) {
      if (!/^\d+\.\d+\.\d+\.\d+\/\d+$/.test(network)) throw wrong("allow", network, "must be a network");
    }
    const quota = sum(
      pools.map(({ cpus, memory, upTo }) => ({
        cpu: cpus * upTo,
        memory: amountsOf({ memory }).memory * upTo,
        storage: 20 * GIBIBYTE * upTo,
      })),
    );
    const own = [...this.known.values()].filter(({ customer }) => customer === wanted.customer);
    const all = sum([quota, ...own.map((each) => each.quota)]);
    for (const key of KEYS) {
      const most = limit[key];
      if (most !== undefined && all[key] > most)
        throw wrong(`quota.${key}`, String(all[key]), `must be at most ${most}`);
    }
    this.known.set(id, {
      id,
      customer: wanted.customer,
      version: wanted.version,
      isProtected: wanted.isProtected,
      pools: pools.map(({ upTo: _, ...pool }) => pool),
      quota,
      deployed: false,
    });
  }

  resize(id: string, pool: string, machines: number): Promise<void> {
    this.calls.push(`resize ${id} ${pool} ${machines}`);
    const cluster = this.get(id);
    if (machines > 10) {
      const problem = {
        where: `nodePools.${pool}`,
        given: String(machines),
        rule: "its quota has no room for it",
        fix: "choose less",
      };
      return Promise.reject(new InvalidInput("the new size", [problem]));
    }
    const pools = cluster.pools.map((each) => (each.name === pool ? { ...each, machines } : each));
    this.known.set(id, { ...cluster, pools });
    return Promise.resolve();
  }

  async deploy(id: string, work: Work): Promise<void> {
    this.calls.push(`deploy ${id}`);
    for (const name of ["tenant", "control-plane", "workers", "pod-network"]) await this.step(`${name} of ${id}`, work);
    this.known.set(id, { ...this.get(id), deployed: true });
  }

  async remove(id: string, work: Work): Promise<void> {
    this.calls.push(`remove ${id}`);
    if (!this.known.has(id)) return;
    for (const name of ["workers", "control-plane", "tenant"]) await this.step(`${name} of ${id}`, work);
    this.known.delete(id);
  }

  recover(id: string): Promise<void> {
    this.calls.push(`recover ${id}`);
    return Promise.resolve();
  }

  /** Work stands still after its first step has begun. @returns what lets it go on. */
  hold(): () => void {
    let release = (): void => undefined;
    this.held = new Promise((resolve) => (release = resolve));
    return release;
  }

  kubeconfig(id: string): Promise<string> {
    if (!this.get(id).deployed) throw new WorkFailed("missing", "It is not deployed yet", false, id);
    return Promise.resolve(`apiVersion: v1\nkind: Config\ncurrent-context: ${id}\n`);
  }

  private get(id: string): CloudCluster {
    const found = this.known.get(id);
    if (found === undefined) throw new WorkFailed("missing", "There is no such cluster", false, id);
    return found;
  }

  private async step(text: string, { report, signal }: Work): Promise<void> {
    report({ kind: "started", text });
    if (this.hangs) await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(aborted())));
    await this.held;
    await sleep(this.pace);
    if (signal.aborted) throw aborted();
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined) throw failure;
    report({ kind: "done", text });
  }
}

function aborted(): Error {
  return new Error("aborted");
}

/** A cluster that is there. */
export function cluster(id: string, more: Partial<CloudCluster> = {}): CloudCluster {
  return {
    id,
    customer: id.split("--", 1)[0] ?? id,
    version: "v1.34.1",
    isProtected: false,
    pools: [{ name: "workers", cpus: 2, memory: "8Gi", machines: 2 }],
    quota: { cpu: 12, memory: 40 * GIBIBYTE, storage: 200 * GIBIBYTE },
    deployed: true,
    ...more,
  };
}
