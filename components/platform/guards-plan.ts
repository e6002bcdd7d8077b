import type { NamespaceName } from "./catalog";
import { copies, type PlatformFacts } from "./facts";
import { DATA_STORE, etcdMembers, WEBHOOK_PORTS } from "./values/operators";

/*
 * What guards the platform's own pods: networks that are closed but for what a component needs, and budgets for copies
 * whose charts bring none. Upstream's charts have next to none of the first, and each its own idea of it.
 *
 * Addresses are those that Cilium sees once Services are resolved. Machines show themselves to pods by their address or,
 * through Kube-OVN, by one of the network that joins both; Cilium matches the first with networks only because it is
 * told to (policyCIDRMatchMode).
 */

/** Port of the API servers on the machines. */
const API_PORT = 6443;

/** Label that Kamaji puts on the pods of a tenant's control plane. */
const CONTROL_PLANE_LABEL = "kamaji.clastix.io/name";

interface Openings {
  /** Ports that API servers call: webhooks, aggregated APIs. */
  readonly called?: readonly number[];
  /** Whether it talks to the API servers of tenants. */
  readonly tenants?: true;
  /** Whether it fetches from registries or the internet. */
  readonly fetches?: true;
  /** Other pods, in any namespace, by a label: those that come in, and those that it goes to. */
  readonly from?: readonly PodPort[];
  readonly to?: readonly PodPort[];
}

interface PodPort {
  readonly label: string;
  /** Any value when left out. */
  readonly value?: string;
  readonly port: number;
}

const CONTROLLER_RUNTIME = 9443;

/**
 * What each namespace needs beside its own pods, names and the API. Namespaces whose pods are all in the network of the
 * machines have no entry: no policy selects those.
 */
const OPENINGS: Readonly<Partial<Record<NamespaceName, Openings>>> = {
  "cert-manager": { called: [WEBHOOK_PORTS["cert-manager"]] },
  "metallb-system": { called: [CONTROLLER_RUNTIME] },
  "snapshot-controller": {},
  "piraeus-datastore": { called: [CONTROLLER_RUNTIME] },
  // virt-operator's webhook; virt-api: webhooks, consoles
  kubevirt: { called: [8444, 8443] },
  // cdi-apiserver; progress of imports is read from the pods that do them
  cdi: { called: [8443], to: [{ label: "app", value: "containerized-data-importer", port: 8443 }] },
  "capi-operator-system": { called: [CONTROLLER_RUNTIME], fetches: true },
  "capi-system": { called: [CONTROLLER_RUNTIME], tenants: true },
  "capi-kubeadm-bootstrap-system": { called: [CONTROLLER_RUNTIME], tenants: true },
  "capk-system": { called: [CONTROLLER_RUNTIME], tenants: true },
  // control planes of tenants keep their state in its etcd
  "kamaji-system": {
    called: [CONTROLLER_RUNTIME],
    tenants: true,
    from: [{ label: CONTROL_PLANE_LABEL, port: 2379 }],
  },
};

/** Default deny and one policy with everything that is allowed; none for a namespace on the machines' network. */
export function planNetworkPolicies(namespace: NamespaceName, facts: PlatformFacts) {
  const openings = OPENINGS[namespace];
  if (openings === undefined) return [];
  const both = ["Ingress", "Egress"];
  const policy = (name: string, rules: object) => ({
    metadata: { name, namespace },
    spec: { podSelector: {}, policyTypes: both, ...rules },
  });
  return [
    policy("default-deny", {}),
    policy("platform", { ingress: ingress(openings, facts), egress: egress(openings, facts) }),
  ];
}

function ingress({ called = [], from = [] }: Openings, { spec, management }: PlatformFacts): object[] {
  // API servers share the network of the machines
  const callers = [...management.nodeCidrs, String(spec.networking.joinCidr)].map(block);
  return [
    { from: [{ podSelector: {} }] },
    ...(called.length === 0 ? [] : [{ from: callers, ports: called.map((number) => port(number)) }]),
    ...from.map((peer) => ({ from: [podsOf(peer)], ports: [port(peer.port)] })),
  ];
}

function egress({ tenants, fetches, to = [] }: Openings, { spec, management }: PlatformFacts): object[] {
  const dns = {
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
    podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
  };
  const tenantApis = [
    podsOf({ label: CONTROL_PLANE_LABEL }),
    ...spec.networking.loadBalancerCidrs.map((network) => block(String(network))),
  ];
  return [
    { to: [{ podSelector: {} }] },
    { to: [dns], ports: [port(53, "UDP"), port(53)] },
    { to: management.nodeCidrs.map(block), ports: [port(API_PORT)] },
    ...(tenants === undefined ? [] : [{ to: tenantApis, ports: [port(API_PORT)] }]),
    ...(fetches === undefined ? [] : [{ ports: [port(443)] }]),
    ...to.map((peer) => ({ to: [podsOf(peer)], ports: [port(peer.port)] })),
  ];
}

function block(cidr: string): object {
  return { ipBlock: { cidr } };
}

function podsOf({ label, value }: Omit<PodPort, "port">): object {
  const podSelector =
    value === undefined
      ? { matchExpressions: [{ key: label, operator: "Exists" }] }
      : { matchLabels: { [label]: value } };
  return { namespaceSelector: {}, podSelector };
}

function port(number: number, protocol = "TCP"): object {
  return { port: number, protocol };
}

/** Name, number and labels. */
type Copies = readonly [string, number, Readonly<Record<string, string>>];

/** Copies whose chart has no budget for them, by the label that their pods have in every version. */
export function planBudgets(namespace: NamespaceName, facts: PlatformFacts) {
  const controlPlanes = Object.values(facts.management.machines).filter(({ role }) => role === "controlplane").length;
  const own: Readonly<Partial<Record<NamespaceName, readonly Copies[]>>> = {
    "kube-ovn": [
      ["ovn-central", controlPlanes, { app: "ovn-central" }],
      ["kube-ovn-controller", controlPlanes, { app: "kube-ovn-controller" }],
    ],
    // its manifest always asks for two
    kubevirt: [["virt-operator", 2, { "kubevirt.io": "virt-operator" }]],
    "piraeus-datastore": [["piraeus-operator", copies(facts), { "app.kubernetes.io/component": "piraeus-operator" }]],
    "capi-operator-system": [
      ["cluster-api-operator", copies(facts), { "clusterctl.cluster.x-k8s.io/core": "capi-operator" }],
    ],
    "kamaji-system": [
      [
        "kamaji",
        copies(facts),
        { "app.kubernetes.io/name": "kamaji", "app.kubernetes.io/component": "controller-manager" },
      ],
      [`${DATA_STORE}-etcd`, etcdMembers(facts), { "app.kubernetes.io/name": "kamaji-etcd" }],
    ],
  };
  return (own[namespace] ?? [])
    .filter(([, number]) => number > 1)
    .map(([name, , matchLabels]) => ({
      metadata: { name, namespace },
      spec: { maxUnavailable: 1, selector: { matchLabels } },
    }));
}
