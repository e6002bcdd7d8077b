import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { fieldsOf } from "../../components/core/fields";
import { define, type Placed, placedBy, populate } from "./population";
import { Ovn, type OvnPrograms } from "./ovn";
import { freePort, Processes, until } from "./processes";
import { type Destination, type Question, questions } from "./questions";
import { type ClusterPrograms, ThrowawayCluster } from "./throwaway-cluster";
import { readTrace } from "./trace";
import { refusing, selects } from "./selection";
import type { ProofPod, ProofPolicy, ProofWorld } from "./world";

export interface ProofPrograms extends ClusterPrograms {
  /** Kube-OVN's controller, which also prints schemas of OVN's databases. */
  readonly controller: string;
  readonly ovn: OvnPrograms;
  /** Folders with the CustomResourceDefinitions that the controller watches. */
  readonly definitions: readonly string[];
}

export interface Answer extends Question {
  readonly given: "allowed" | "refused";
  /**
   * Policies, `<namespace>/<name>`: whose rules let it through or, where none does, that refuse everything of the pod at
   * which it ends. Nothing when no policy has to do with it.
   */
  readonly decidedBy: readonly string[];
}

const NETWORK_POLICIES = "/apis/networking.k8s.io/v1";

/**
 * A world in an API server and an OVN of its own, with the real controller between the two: what the policies mean is
 * what OVN's own tracer says of packets.
 */
export class IsolationProof {
  private readonly places = new Map<ProofPod, Placed>();
  private constructor(
    private readonly world: ProofWorld,
    private readonly processes: Processes,
    private readonly cluster: ThrowawayCluster,
    private readonly ovn: Ovn,
    private policies: readonly ProofPolicy[],
  ) {}

  static async start(
    world: ProofWorld,
    programs: ProofPrograms,
    note: (line: string) => void = () => undefined,
  ): Promise<IsolationProof> {
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), "firmament-prove-"));
    const { libraries } = programs.ovn;
    const processes = new Processes(folder, {
      OVN_RUNDIR: folder,
      OVS_RUNDIR: folder,
      ...(libraries === undefined ? {} : { LD_LIBRARY_PATH: libraries }),
    });
    try {
      const ports = { nb: await freePort(), sb: await freePort() };
      const schema = (database: "nb" | "sb", file: string) =>
        processes.ask(programs.controller, ["schema", database, file]);
      note("OVN's databases and an API server start");
      const [ovn, cluster] = await Promise.all([
        Ovn.start(processes, programs.ovn, schema, ports),
        ThrowawayCluster.start(processes, programs, world.networks.services),
      ]);
      const proof = new IsolationProof(world, processes, cluster, ovn, world.policies);
      await define(cluster, programs.definitions, () => processes.alive());
      await populate(world, cluster, ovn);
      note("Kube-OVN's controller starts");
      proof.control(programs.controller, ports);
      await proof.placeAll();
      note(`${world.pods.length} pods have addresses; ${world.policies.length} policies follow`);
      for (const policy of world.policies) await proof.apply(policy);
      await proof.settled();
      return proof;
    } catch (error) {
      await processes.stop();
      await fs.rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Answers all questions of the world. */
  async ask(): Promise<Answer[]> {
    const policyOf = await this.policiesByFlow();
    const router = await this.routerMac();
    const asked = questions(this.world, (pod) => this.place(pod).node);
    const tracer = await this.ovn.tracer(asked.length);
    const answers: Answer[] = [];
    for (const question of asked) {
      const from = this.place(question.from);
      const packet = this.packet(question, from, router);
      const { outputs, decisions } = readTrace(await tracer.trace(from.logicalSwitch, packet));
      const arrived = outputs.some((port) => this.isAt(port, question.to, from));
      const last = decisions.at(-1);
      const decidedBy = arrived
        ? decisions.flatMap(({ flow }) => policyOf.get(flow) ?? [])
        : last?.drops === true
          ? refusing(this.policies, question, last.direction)
          : [];
      answers.push({ ...question, given: arrived ? "allowed" : "refused", decidedBy: [...new Set(decidedBy)].sort() });
    }
    await tracer.end();
    return answers.sort((a, b) => order(a).localeCompare(order(b)));
  }

  /** Takes a policy away. */
  async remove({ namespace, name }: Pick<ProofPolicy, "namespace" | "name">): Promise<void> {
    await this.cluster.remove(`${NETWORK_POLICIES}/namespaces/${namespace}/networkpolicies/${name}`);
    this.policies = this.policies.filter((each) => each.namespace !== namespace || each.name !== name);
    await this.settled();
  }

  /** Puts one in. */
  async apply(policy: ProofPolicy): Promise<void> {
    const { namespace, name, spec } = policy;
    const object = { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name, namespace }, spec };
    await this.cluster.create(`${NETWORK_POLICIES}/namespaces/${namespace}/networkpolicies`, object);
    if (!this.policies.some((each) => each.namespace === namespace && each.name === name))
      this.policies = [...this.policies, policy];
  }

  async close(): Promise<void> {
    this.cluster.close();
    await this.processes.stop();
    await fs.rm(this.processes.folder, { recursive: true, force: true });
  }

  private control(controller: string, { nb, sb }: { readonly nb: number; readonly sb: number }): void {
    const { pods, join, services } = this.world.networks;
    const args = [
      `--kubeconfig=${this.cluster.kubeconfig}`,
      `--ovn-nb-addr=tcp:127.0.0.1:${nb}`,
      `--ovn-sb-addr=tcp:127.0.0.1:${sb}`,
      `--default-cidr=${pods}`,
      "--default-gateway-check=false",
      `--node-switch-cidr=${join}`,
      `--service-cluster-ip-range=${services}`,
      "--enable-np=true",
      "--enable-lb=false",
      "--enable-metrics=false",
      "--logtostderr=true",
    ];
    const env = {
      // a second client of it knows no flag
      KUBECONFIG: this.cluster.kubeconfig,
      POD_NAME: "kube-ovn-controller",
      POD_NAMESPACE: "kube-system",
      KUBE_NAMESPACE: "kube-system",
      POD_IPS: "127.0.0.1",
      POD_IP: "127.0.0.1",
    };
    this.processes.start("controller", controller, args, env);
  }

  private async placeAll(): Promise<void> {
    await this.wait("addresses of all pods", 180, async () => {
      const found = await this.cluster.list("/api/v1/pods");
      for (const pod of this.world.pods) {
        const live = found.find(
          ({ metadata }) =>
            fieldsOf(metadata)["name"] === pod.name && fieldsOf(metadata)["namespace"] === pod.namespace,
        );
        const placed = live === undefined ? undefined : placedBy(live);
        if (placed === undefined) return undefined;
        this.places.set(pod, placed);
      }
      return true;
    });
  }

  /**
   * Waits until OVN has what the policies say: each has its port group with as many ports as pods that it selects, and
   * nothing changes any more.
   */
  async settled(): Promise<void> {
    let before = "";
    let same = 0;
    await this.wait("the policies in OVN", 120, async () => {
      const groups = await this.ovn.rows("nb", "Port_Group", ["name", "external_ids", "ports", "acls"]);
      const own = groups.filter(
        ({ external_ids: ids }) =>
          String(fieldsOf(ids)["np"] ?? "").includes("/") && fieldsOf(ids)["node"] === undefined,
      );
      const byPolicy = new Map(
        own.map((group) => [String(fieldsOf(group["external_ids"])["np"]), listOf(group["ports"]).length]),
      );
      const wanted = this.policies.map(
        (policy) => [`${policy.namespace}/${policy.name}`, this.selected(policy)] as const,
      );
      const complete = wanted.every(([name, ports]) => byPolicy.get(name) === ports) && byPolicy.size === wanted.length;
      const sets = await this.ovn.rows("nb", "Address_Set", ["name", "addresses"]);
      const now = JSON.stringify([own, sets]);
      same = complete && now === before ? same + 1 : 0;
      before = now;
      return same >= STABLE ? true : undefined;
    });
    await this.ovn.nb("--wait=sb", "sync");
  }

  private selected({ namespace, spec }: ProofPolicy): number {
    return this.world.pods.filter((pod) => pod.namespace === namespace && selects(spec.podSelector, pod)).length;
  }

  /** First digits of flows in the southbound database → policy whose rule they are. */
  private async policiesByFlow(): Promise<ReadonlyMap<string, string>> {
    const groups = await this.ovn.rows("nb", "Port_Group", ["external_ids", "acls"]);
    const byAcl = new Map(
      groups.flatMap(({ external_ids: ids, acls }) =>
        listOf(acls).map((acl) => [String(acl).slice(0, 8), String(fieldsOf(ids)["np"] ?? "Kube-OVN itself")] as const),
      ),
    );
    const flows = await this.ovn.rows("sb", "Logical_Flow", ["_uuid", "external_ids"]);
    return new Map(
      flows.flatMap(({ _uuid: id, external_ids: ids }) => {
        const policy = byAcl.get(String(fieldsOf(ids)["stage-hint"] ?? ""));
        return policy === undefined ? [] : [[String(id).slice(0, 8), policy] as const];
      }),
    );
  }

  private async routerMac(): Promise<string> {
    const ports = await this.ovn.rows("nb", "Logical_Router_Port", ["name", "mac"]);
    const found = ports.find(({ name }) => name === "ovn-cluster-ovn-default");
    if (found === undefined) throw new Error("Kube-OVN has no router of pods (ovn-cluster-ovn-default)");
    return String(found["mac"]);
  }

  private packet({ from, to, protocol, port }: Question, source: Placed, router: string): string {
    const target = "pod" in to ? this.place(to.pod) : { address: to.address, mac: router };
    return [
      `inport == "${from.name}.${from.namespace}"`,
      `eth.src == ${source.mac}`,
      `eth.dst == ${target.mac}`,
      `ip4.src == ${source.address}`,
      `ip4.dst == ${target.address}`,
      "ip.ttl == 64",
      protocol,
      `${protocol}.src == 40000`,
      `${protocol}.dst == ${port}`,
    ].join(" && ");
  }

  /** Whether a port is that of the destination: of the pod, or of the machine by which packets leave the pod network. */
  private isAt(port: string, to: Destination, from: Placed): boolean {
    if ("pod" in to) return port === `${to.pod.name}.${to.pod.namespace}`;
    return port === `node-${to.node ?? from.node}`;
  }

  private place(pod: ProofPod): Placed {
    const placed = this.places.get(pod);
    if (placed === undefined) throw new Error(`${pod.namespace}/${pod.name}: has no address`);
    return placed;
  }

  private wait<T>(what: string, seconds: number, ready: () => Promise<T | undefined>): Promise<T> {
    return until(what, seconds, ready, () => this.processes.alive());
  }
}

/** Looks at OVN that have to be the same. */
const STABLE = 5;

/** OVSDB writes a set of one as the one. */
function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : value === undefined || value === "" ? [] : [value];
}

function order({ row, column, port }: Answer): string {
  return `${row} ${column} ${port}`;
}
