import { disruptionBudget } from "../kubernetes/disruption-budget";
import { kind, type KubernetesObject, type ObjectMeta } from "../kubernetes/manifest";
import {
  denyAll,
  DNS,
  EVERYTHING,
  ipBlock,
  NetworkPolicy,
  type NetworkPolicySpec,
  podsWith,
  port,
  portRange,
} from "../kubernetes/network-policy";
import type { Problem } from "../core/problem";
import type { AllowedTraffic, Budget, Component, NamespaceUse, PlatformInputs, PodSecurity } from "./component";
import { podSecurityVersion, TENANT_CONTROL_PLANE_LABEL } from "./shared-values";

/*
 * Namespaces of the platform with what protects the pods in them: networks that are closed but for what a component
 * needs, and budgets for copies whose charts have none.
 *
 * Machines reach pods by their address or, through the pod network, by one of the network that joins both; policies
 * match the first as networks only because Cilium is set to (policyCIDRMatchMode).
 */

/** Port of the API servers on the machines. */
const API_PORT = 6443;

const Namespace = kind<{ readonly metadata: ObjectMeta }>("v1", "Namespace");

export interface NamespacePlan {
  readonly name: string;
  readonly object: KubernetesObject;
  /** NetworkPolicies and PodDisruptionBudgets in it, by the name of their resource. */
  readonly protection: readonly { readonly resource: string; readonly object: KubernetesObject }[];
}

/** The namespaces of a platform, by name. */
export function planNamespaces(
  components: readonly Component[],
  inputs: PlatformInputs,
): Readonly<Record<string, NamespacePlan>> {
  return Object.fromEntries(
    Object.entries(namespaceUses(components)).map(([name, uses]) => [name, planNamespace(name, uses, inputs)]),
  );
}

/** What components use each namespace for. */
export function namespaceUses(components: readonly Component[]): Readonly<Record<string, readonly NamespaceUse[]>> {
  const uses: Record<string, NamespaceUse[]> = {};
  for (const { namespaces } of components) {
    for (const [name, use] of Object.entries(namespaces)) uses[name] = [...(uses[name] ?? []), use];
  }
  return uses;
}

/** Components that share a namespace must agree on its Pod Security level. */
export function namespaceProblems(components: readonly Component[]): Problem[] {
  return Object.entries(namespaceUses(components)).flatMap(([name, uses]) => {
    const levels = new Set(uses.map(({ podSecurity }) => podSecurity));
    if (levels.size === 1) return [];
    const users = components.filter(({ namespaces }) => name in namespaces).map((each) => each.name);
    const rule = `${users.join(" and ")} must agree on its Pod Security level`;
    return [
      { where: `namespace ${name}`, given: [...levels].join(", "), rule, fix: "give them namespaces of their own" },
    ];
  });
}

function planNamespace(name: string, uses: readonly NamespaceUse[], inputs: PlatformInputs): NamespacePlan {
  const [{ podSecurity } = { podSecurity: "restricted" as const }] = uses;
  const traffic = uses.flatMap((use) => (use.traffic === undefined ? [] : [use.traffic]));
  const policies = traffic.length === 0 ? [] : networkPolicies(name, joined(traffic), inputs);
  const budgets = uses.flatMap((use) => use.budgets?.(inputs) ?? []);
  return {
    name,
    object: Namespace({ metadata: { name, labels: labels(podSecurity, inputs) } }),
    protection: [
      ...policies.map((object) => ({ resource: `${name}-${object.metadata.name}`, object })),
      ...budgets.filter(({ copies }) => copies > 1).map((budget) => planBudget(name, budget)),
    ],
  };
}

function labels(level: PodSecurity, inputs: PlatformInputs): Record<string, string> {
  const version = podSecurityVersion(inputs);
  return {
    "app.kubernetes.io/part-of": "firmament",
    "pod-security.kubernetes.io/enforce": level,
    "pod-security.kubernetes.io/enforce-version": version,
    "pod-security.kubernetes.io/warn": level === "privileged" ? "privileged" : "restricted",
    "pod-security.kubernetes.io/warn-version": version,
  };
}

function planBudget(namespace: string, { name, matchLabels }: Budget) {
  return { resource: `${name}-budget`, object: disruptionBudget(name, namespace, matchLabels) };
}

/** What components in one namespace need, together. */
function joined(uses: readonly AllowedTraffic[]): AllowedTraffic {
  const ports = [...new Set(uses.flatMap(({ apiServerPorts = [] }) => apiServerPorts))];
  const machinePorts = [...new Set(uses.flatMap(({ machinePorts = [] }) => machinePorts))];
  return {
    ...(ports.length === 0 ? {} : { apiServerPorts: ports }),
    ...(uses.some(({ tenantApis }) => tenantApis) ? { tenantApis: true } : {}),
    ...(uses.some(({ internet }) => internet) ? { internet: true } : {}),
    ...(machinePorts.length === 0 ? {} : { machinePorts }),
    from: uses.flatMap(({ from = [] }) => from),
    to: uses.flatMap(({ to = [] }) => to),
  };
}

/** Everything is denied, and one policy has everything that is allowed. */
function networkPolicies(namespace: string, traffic: AllowedTraffic, inputs: PlatformInputs): KubernetesObject[] {
  const spec: NetworkPolicySpec = {
    podSelector: EVERYTHING,
    policyTypes: ["Ingress", "Egress"],
    ingress: ingress(traffic, inputs),
    egress: egress(traffic, inputs),
  };
  return [
    denyAll({ name: "default-deny", namespace }),
    NetworkPolicy({ metadata: { name: "platform", namespace }, spec }),
  ];
}

function ingress(
  { apiServerPorts = [], from = [] }: AllowedTraffic,
  { settings, management }: PlatformInputs,
): NonNullable<NetworkPolicySpec["ingress"]> {
  // API servers share the network of the machines
  const apiServers = [...management.nodeCidrs, String(settings.networking.joinCidr)].map((cidr) => ipBlock(cidr));
  return [
    { from: [{ podSelector: EVERYTHING }] },
    ...(apiServerPorts.length === 0 ? [] : [{ from: apiServers, ports: apiServerPorts.map((number) => port(number)) }]),
    ...from.map((peer) => ({ from: [podsWith(peer.label, peer.value)], ports: [port(peer.port)] })),
  ];
}

function egress(
  { tenantApis, internet, machinePorts = [], to = [] }: AllowedTraffic,
  { settings, management }: PlatformInputs,
): NonNullable<NetworkPolicySpec["egress"]> {
  const tenants = [
    podsWith(TENANT_CONTROL_PLANE_LABEL),
    ...settings.networking.loadBalancerCidrs.map((network) => ipBlock(String(network))),
  ];
  return [
    { to: [{ podSelector: EVERYTHING }] },
    DNS,
    {
      to: management.nodeCidrs.map((cidr) => ipBlock(cidr)),
      ports: [API_PORT, ...machinePorts].map((each) => (typeof each === "number" ? port(each) : portRange(...each))),
    },
    ...(tenantApis === undefined ? [] : [{ to: tenants, ports: [port(API_PORT)] }]),
    ...(internet === undefined ? [] : [{ ports: [port(443)] }]),
    ...to.map((peer) => ({ to: [podsWith(peer.label, peer.value)], ports: [port(peer.port)] })),
  ];
}
