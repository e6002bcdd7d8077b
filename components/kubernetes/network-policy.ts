import { kind, type Manifest, type ObjectMeta } from "./manifest";

/*
 * NetworkPolicies as plain data. Addresses are those that the network sees once Services are resolved: peers are pods,
 * namespaces and networks, never Services.
 */

export interface Port {
  readonly port: number;
  /** Last one of several that begin with port. Default: that one alone. */
  readonly endPort?: number;
  readonly protocol: "TCP" | "UDP";
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: "Exists" }[];
}

export interface Peer {
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
  readonly podSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
}

export interface NetworkPolicySpec {
  readonly podSelector: LabelSelector;
  readonly policyTypes: readonly ("Ingress" | "Egress")[];
  readonly ingress?: readonly { readonly from?: readonly Peer[]; readonly ports?: readonly Port[] }[];
  readonly egress?: readonly { readonly to?: readonly Peer[]; readonly ports?: readonly Port[] }[];
}

export const NetworkPolicy = kind<Manifest<NetworkPolicySpec>>("networking.k8s.io/v1", "NetworkPolicy");

/** Selects everything: all pods of a namespace, or all namespaces. */
export const EVERYTHING: LabelSelector = {};

export function port(number: number, protocol: Port["protocol"] = "TCP"): Port {
  return { port: number, protocol };
}

/** TCP ports from one to another, both included. */
export function portRange(from: number, to: number): Port {
  return { port: from, endPort: to, protocol: "TCP" };
}

/** A network, but for parts of it. */
export function ipBlock(cidr: string, except: readonly string[] = []): Peer {
  return { ipBlock: { cidr, ...(except.length === 0 ? {} : { except }) } };
}

/** The namespace of that name, by the label that Kubernetes itself puts on it. */
export function namespaceNamed(name: string): LabelSelector {
  return { matchLabels: { "kubernetes.io/metadata.name": name } };
}

/** Pods of any namespace that have a label, with any value when it is left out. */
export function podsWith(label: string, value?: string): Peer {
  const podSelector =
    value === undefined
      ? { matchExpressions: [{ key: label, operator: "Exists" } as const] }
      : { matchLabels: { [label]: value } };
  return { namespaceSelector: EVERYTHING, podSelector };
}

/** The cluster's DNS. */
export const DNS: { readonly to: readonly Peer[]; readonly ports: readonly Port[] } = {
  to: [
    {
      namespaceSelector: namespaceNamed("kube-system"),
      podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
    },
  ],
  ports: [port(53, "UDP"), port(53)],
};

/** Refuses all traffic of all pods of a namespace; other policies allow some of it. */
export function denyAll(metadata: ObjectMeta) {
  return NetworkPolicy({ metadata, spec: { podSelector: EVERYTHING, policyTypes: ["Ingress", "Egress"] } });
}
