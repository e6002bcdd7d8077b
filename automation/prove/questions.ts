import type { ProofNode, ProofPod, ProofWorld } from "./world";

/** Where a packet goes: to a pod, or to an address outside of the pod network. */
export type Destination =
  | { readonly pod: ProofPod }
  | { readonly address: string; readonly what: "machine" | "management API" | "internet"; readonly node?: string };

/** Whether a packet of one pod arrives, and whether it is meant to. */
export interface Question {
  readonly from: ProofPod;
  readonly to: Destination;
  readonly protocol: "tcp" | "udp";
  readonly port: number;
  readonly meant: "allowed" | "refused";
  /** Row and column of the matrix. */
  readonly row: string;
  readonly column: string;
}

/** An address of the internet: of the networks that documentation may name, none is one that anybody answers in. */
const INTERNET = "203.0.113.80";

const PORTS = {
  api: 6443,
  konnectivity: 8132,
  kubelet: 10250,
  talos: 50000,
  etcd: 2379,
  etcdPeer: 2380,
  dns: 53,
  https: 443,
};

/**
 * What a cloud has to answer: of every tenant, what it must never reach, and what it cannot do without.
 *
 * @param placed the machine that a pod runs on: the network lets a pod and its own machine always talk, so that another
 * one is asked for.
 */
export function questions(world: ProofWorld, placed: (pod: ProofPod) => string): Question[] {
  const tenants = [...new Set(world.pods.flatMap(({ tenant }) => (tenant === undefined ? [] : [tenant])))];
  return tenants.flatMap((tenant) => ofTenant(tenant, tenants, world, placed));
}

function ofTenant(
  tenant: string,
  tenants: readonly string[],
  { pods, nodes }: ProofWorld,
  placed: (pod: ProofPod) => string,
): Question[] {
  const own = (role: ProofPod["role"], of = tenant) => pods.filter((pod) => pod.tenant === of && pod.role === role);
  const [machine, second] = own("machine");
  const [controlPlane] = own("control plane");
  const dataStores = pods.filter(({ role }) => role === "data store").slice(0, 1);
  const dns = pods.filter(({ role }) => role === "dns");
  const platform = onePerNamespace(pods.filter(({ role }) => role === "platform"));
  const asked: Question[] = [];
  const ask = (
    from: ProofPod | undefined,
    to: Destination | undefined,
    rest: Pick<Question, "port" | "meant" | "column"> & { udp?: true },
  ) => {
    if (from === undefined || to === undefined) return;
    const { udp, ...question } = rest;
    asked.push({
      from,
      to,
      protocol: udp === true ? "udp" : "tcp",
      row: `${from.tenant ?? from.namespace} ${from.role}`,
      ...question,
    });
  };
  const from = [machine, controlPlane];

  for (const other of tenants.filter((each) => each !== tenant)) {
    const [theirMachine] = own("machine", other);
    const [theirs] = own("control plane", other);
    for (const each of from) {
      ask(each, pod(theirMachine), { port: PORTS.kubelet, meant: "refused", column: "other tenants' machines" });
      ask(each, pod(theirs), { port: PORTS.api, meant: "refused", column: "other tenants' control planes" });
    }
  }
  for (const each of from) {
    if (each === undefined) continue;
    const elsewhere =
      nodes.find(({ name, role }) => role === "worker" && name !== placed(each)) ??
      nodes.find(({ name }) => name !== placed(each));
    const api = nodes.find(({ name, role }) => role === "controlplane" && name !== placed(each));
    ask(each, host(elsewhere, "machine"), { port: PORTS.talos, meant: "refused", column: "machines (Talos API)" });
    ask(each, host(elsewhere, "machine"), { port: PORTS.kubelet, meant: "refused", column: "machines (kubelet)" });
    ask(each, host(api, "management API"), { port: PORTS.api, meant: "refused", column: "management API" });
    for (const each2 of platform)
      ask(each, pod(each2), { port: PORTS.https, meant: "refused", column: "platform pods" });
    for (const each2 of dns) ask(each, pod(each2), { port: PORTS.dns, meant: "allowed", column: "DNS", udp: true });
  }
  for (const store of dataStores) {
    ask(machine, pod(store), { port: PORTS.etcd, meant: "refused", column: "DataStore" });
    ask(controlPlane, pod(store), { port: PORTS.etcd, meant: "allowed", column: "DataStore" });
    ask(controlPlane, pod(store), { port: PORTS.etcdPeer, meant: "refused", column: "DataStore, between members" });
  }
  const internet: Destination = { address: INTERNET, what: "internet" };
  ask(machine, internet, { port: PORTS.https, meant: "allowed", column: "internet" });
  ask(controlPlane, internet, { port: PORTS.https, meant: "refused", column: "internet" });
  ask(machine, pod(controlPlane), { port: PORTS.api, meant: "allowed", column: "own control plane" });
  ask(machine, pod(controlPlane), {
    port: PORTS.konnectivity,
    meant: "allowed",
    column: "own control plane (konnectivity)",
  });
  ask(machine, pod(second), { port: PORTS.kubelet, meant: "allowed", column: "own machines" });
  for (const each of dns)
    ask(each, pod(machine), { port: PORTS.kubelet, meant: "refused", column: `machines of ${tenant}` });
  for (const each of dns)
    ask(each, pod(controlPlane), { port: PORTS.api, meant: "allowed", column: `control plane of ${tenant}` });
  return asked;
}

function pod(given: ProofPod | undefined): Destination | undefined {
  return given === undefined ? undefined : { pod: given };
}

function host(node: ProofNode | undefined, what: "machine" | "management API"): Destination | undefined {
  return node === undefined ? undefined : { address: node.address, what, node: node.name };
}

function onePerNamespace(pods: readonly ProofPod[]): ProofPod[] {
  return pods.filter(({ namespace }, index) => pods.findIndex((each) => each.namespace === namespace) === index);
}

/** Where a question leads, for a reader. */
export function destinationName(to: Destination): string {
  return "pod" in to
    ? `${to.pod.namespace}/${to.pod.name}`
    : `${to.what} ${to.node ?? ""} ${to.address}`.replace(/ +/g, " ");
}
