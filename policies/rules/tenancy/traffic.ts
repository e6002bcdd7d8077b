import type { Stack } from "../../engine/stack";
import type { Target } from "../../engine/target";
import type { View } from "../../engine/view";
import { selectsAll } from "../../engine/selectors";
import { within } from "../../engine/library/tenants";

/** Whom a rule lets talk to the selected pods, or be talked to by them. */
export type Peer =
  | { readonly kind: "everybody"; readonly at: View }
  | { readonly kind: "network"; readonly at: View; readonly cidr: string; readonly except: readonly string[] }
  /** Pods by label; `namespaces` is absent for those of the policy's own namespace. */
  | { readonly kind: "pods"; readonly at: View; readonly namespaces: View | undefined; readonly pods: View }
  /** Cilium's names for groups of endpoints: world, cluster, host, kube-apiserver … */
  | { readonly kind: "entity"; readonly at: View; readonly entity: string };

/** From the first to the last port; a port that has only a name stands by itself. */
export interface PortRange {
  readonly first: number | string;
  readonly last: number;
}

export interface Allowance {
  readonly direction: "ingress" | "egress";
  /** Selector of the pods it is for. */
  readonly selector: View;
  readonly peers: readonly Peer[];
  /** Undefined means every port. */
  readonly ports: readonly PortRange[] | undefined;
}

export interface Policy {
  readonly target: Target;
  readonly selector: View;
  /** Directions in which the selected pods are closed but for what is allowed. */
  readonly isolates: ReadonlySet<"ingress" | "egress">;
  readonly allows: readonly Allowance[];
}

const NETWORK_POLICY = "networking.k8s.io/NetworkPolicy";
const CILIUM = "cilium.io/CiliumNetworkPolicy";
const CILIUM_WIDE = "cilium.io/CiliumClusterwideNetworkPolicy";

/** Labels by which Cilium names the namespace of a pod. */
const POD_NAMESPACE = ["k8s:io.kubernetes.pod.namespace", "io.kubernetes.pod.namespace"];
const NAMESPACE_LABELS = /^(?:k8s:)?io\.(?:kubernetes\.pod\.namespace|cilium\.k8s\.namespace\.labels\..*)$/;

/** The policies of a namespace; `unsure` has what may hide another one. */
export function policiesOf(stack: Stack, namespace: string): { readonly policies: Policy[]; readonly unsure: View[] } {
  const own = within(stack, namespace, NETWORK_POLICY, CILIUM);
  const wide = stack.all(CILIUM_WIDE).filter(({ spec }) => {
    const labels = spec.at("endpointSelector", "matchLabels");
    return POD_NAMESPACE.some((name) => labels.field(name).text === namespace);
  });
  return { policies: [...own.found, ...wide].flatMap(readPolicy), unsure: own.unsure };
}

/** Whether the policy's pods are all of the namespace. */
export function isForAll({ selector, target }: Policy): boolean {
  if (target.key !== CILIUM_WIDE) return selectsAll(selector) || (target.key === NETWORK_POLICY && !selector.present);
  return (
    selector.field("matchLabels").entries().length === 1 && selector.field("matchExpressions").items().length === 0
  );
}

function readPolicy(target: Target): Policy[] {
  if (target.key === NETWORK_POLICY) return [plainPolicy(target)];
  const specs = target.root.field("specs").items();
  return [...(target.spec.present ? [target.spec] : []), ...specs].map((spec) => ciliumPolicy(target, spec));
}

function plainPolicy(target: Target): Policy {
  const { spec } = target;
  const selector = spec.field("podSelector");
  const types = spec.field("policyTypes");
  const said = types.texts();
  const isolates = new Set<"ingress" | "egress">();
  if (said.includes("Ingress") || (!types.present && !types.unreadable)) isolates.add("ingress");
  if (said.includes("Egress") || (!types.present && spec.field("egress").present)) isolates.add("egress");
  const allows = (["ingress", "egress"] as const).flatMap((direction) =>
    spec
      .field(direction)
      .items()
      .map((rule): Allowance => {
        const peers = rule.field(direction === "ingress" ? "from" : "to");
        return { direction, selector, peers: plainPeers(peers, rule), ports: portsOf(rule.field("ports").items()) };
      }),
  );
  return { target, selector, isolates, allows };
}

function plainPeers(list: View, rule: View): Peer[] {
  if (list.unreadable) return [];
  const peers = list.items();
  if (peers.length === 0) return [{ kind: "everybody", at: rule }];
  return peers.map((peer): Peer => {
    const block = peer.field("ipBlock");
    if (block.present) {
      return {
        kind: "network",
        at: block,
        cidr: block.field("cidr").text ?? "",
        except: block.field("except").texts(),
      };
    }
    const namespaces = peer.field("namespaceSelector");
    return {
      kind: "pods",
      at: peer,
      namespaces: namespaces.present ? namespaces : undefined,
      pods: peer.field("podSelector"),
    };
  });
}

function portsOf(ports: readonly View[]): Allowance["ports"] {
  if (ports.length === 0) return undefined;
  return ports.map((port): PortRange => {
    const first = port.field("port").value;
    // a port of a protocol without number is every port of it
    if (first === undefined || first === null) return { first: 0, last: 65_535 };
    const number = typeof first === "number" ? first : Number(first);
    if (!Number.isInteger(number)) return { first: typeof first === "string" ? first : "?", last: 0 };
    return { first: number, last: port.field("endPort").number ?? number };
  });
}

function ciliumPolicy(target: Target, spec: View): Policy {
  const selector = spec.field("endpointSelector");
  const isolates = new Set<"ingress" | "egress">();
  const allows: Allowance[] = [];
  for (const direction of ["ingress", "egress"] as const) {
    const rules = spec.field(direction);
    const closing = rules.present || spec.field(`${direction}Deny`).present;
    if (closing && !spec.at("enableDefaultDeny", direction).is(false)) isolates.add(direction);
    for (const rule of rules.items()) {
      // in Cilium an empty rule allows nothing
      if (rule.entries().length === 0) continue;
      const numbers = rule
        .field("toPorts")
        .items()
        .flatMap((each) => each.field("ports").items());
      allows.push({ direction, selector, peers: ciliumPeers(rule, direction), ports: portsOf(numbers) });
    }
  }
  return { target, selector, isolates, allows };
}

function ciliumPeers(rule: View, direction: "ingress" | "egress"): Peer[] {
  const way = direction === "ingress" ? "from" : "to";
  const peers: Peer[] = [];
  for (const at of rule.field(`${way}Entities`).items()) peers.push({ kind: "entity", at, entity: at.text ?? "?" });
  for (const at of rule.field(`${way}CIDR`).items())
    peers.push({ kind: "network", at, cidr: at.text ?? "", except: [] });
  for (const at of rule.field(`${way}CIDRSet`).items()) {
    peers.push({ kind: "network", at, cidr: at.field("cidr").text ?? "", except: at.field("except").texts() });
  }
  for (const at of rule.field(`${way}Endpoints`).items()) {
    const named = [
      ...at
        .field("matchLabels")
        .entries()
        .map(([name]) => name),
      ...at
        .field("matchExpressions")
        .items()
        .map((each) => each.field("key").text ?? ""),
    ];
    const elsewhere = named.some((name) => NAMESPACE_LABELS.test(name));
    peers.push({ kind: "pods", at, namespaces: elsewhere ? at : undefined, pods: at });
  }
  const others = [`${way}Services`, `${way}FQDNs`, `${way}Groups`, `${way}Nodes`].some(
    (name) => rule.field(name).present,
  );
  const said =
    peers.length > 0 || others || [`${way}Entities`, `${way}Endpoints`].some((name) => rule.field(name).present);
  return said ? peers : [{ kind: "everybody", at: rule }];
}

/** Whether an allowance holds for a port. */
export function opens({ ports }: Allowance, wanted: number): boolean {
  return (
    ports === undefined ||
    ports.some(({ first, last }) => typeof first === "number" && first <= wanted && wanted <= last)
  );
}

/** Whether an allowance is for a few named ports only. */
export function isNarrow({ ports }: Allowance): boolean {
  return ports !== undefined && ports.every(({ first, last }) => typeof first === "string" || last - first < 100);
}
