import { isTenantNamespace } from "../../engine/layers";
import { contains, overlaps, parseNetwork, type Network } from "../../engine/library/networks";
import { selectsAll } from "../../engine/selectors";
import { stackRule, type Violation } from "../../engine/rule";
import type { Settings } from "../../engine/settings";
import type { Stack } from "../../engine/stack";
import type { Target } from "../../engine/target";
import { denyAll, networkPolicy, tenantNamespace } from "./examples";
import { isForAll, isNarrow, opens, policiesOf, type Allowance, type Peer } from "./traffic";
import { isInsideTenant } from "../../engine/library/tenants";
import { managementNetworks } from "./vpc";

const KINDS = ["core/Namespace", "networking.k8s.io/NetworkPolicy", "cilium.io/CiliumNetworkPolicy"];

function tenantNamespaces(stack: Stack, settings: Settings): Target[] {
  return stack
    .all("core/Namespace")
    .filter((namespace) => isTenantNamespace(namespace, settings) && !isInsideTenant(namespace, settings));
}

const SAME_NAMESPACE = networkPolicy(
  { policyTypes: ["Ingress"], ingress: [{ from: [{ podSelector: {} }] }] },
  { name: "same-namespace" },
);

export const defaultDeny = stackRule({
  id: "tenant-netpol-default-deny",
  group: "tenancy",
  title: "Deny both directions",
  severity: "critical",
  references: ["NSA network separation", "CIS 5.3.2"],
  types: KINDS,
  fix: "add a NetworkPolicy with an empty podSelector for Ingress and Egress, and allow by name: the same namespace, DNS, the tenant's API, the ingress gateway",
  docs: {
    why: "Traffic that is not denied is allowed, and policies can only allow more. A namespace that is open in one direction is only as safe as the least careful tenant of the cluster.",
    pass: { resources: [tenantNamespace(), denyAll(), SAME_NAMESPACE] },
    fail: {
      resources: [tenantNamespace(), networkPolicy({ policyTypes: ["Ingress"] }, { name: "default-deny" })],
    },
  },
  *check(stack, settings) {
    for (const namespace of tenantNamespaces(stack, settings)) {
      const name = namespace.name.text;
      if (name === undefined) continue;
      const { policies, unsure } = policiesOf(stack, name);
      for (const direction of ["ingress", "egress"] as const) {
        const closed = policies.some((policy) => policy.isolates.has(direction) && isForAll(policy));
        const unless = [
          ...unsure,
          ...policies.flatMap(({ target, selector }) => [selector, target.spec.field("policyTypes")]),
        ];
        if (!closed)
          yield { at: namespace.name, message: `no policy denies ${direction} by default`, unless, missing: true };
      }
      for (const allowance of policies.flatMap(({ allows }) => allows)) yield* tooWide(allowance);
    }
  },
});

const EVERYWHERE: Readonly<Record<Allowance["direction"], ReadonlySet<string>>> = {
  ingress: new Set(["all", "world", "cluster"]),
  egress: new Set(["all", "cluster"]),
};

/** A port or a few, for a few pods, is the API of the tenant or its gateway; everything else names its peers. */
function* tooWide(allowance: Allowance): Generator<Violation> {
  const { direction, peers, selector } = allowance;
  const named = isNarrow(allowance) && selector.present && !selectsAll(selector);
  const dns =
    direction === "egress" && allowance.ports?.every(({ first, last }) => first === 53 && last === 53) === true;
  if (named || dns) return;
  for (const peer of peers) {
    if (isEverywhere(peer, direction))
      yield { at: peer.at, message: `it opens the tenant's ${direction} to everybody` };
  }
}

function isEverywhere(peer: Peer, direction: Allowance["direction"]): boolean {
  switch (peer.kind) {
    case "everybody":
      return true;
    case "entity":
      return EVERYWHERE[direction].has(peer.entity);
    case "network":
      // the internet without the private networks is no neighbour
      return /\/0+$/.test(peer.cidr) && (direction === "ingress" || peer.except.length === 0);
    case "pods":
      return (
        peer.namespaces !== undefined &&
        peer.namespaces !== peer.pods &&
        selectsAll(peer.namespaces) &&
        !peer.pods.present
      );
  }
}

/** Ports of the machines and of the platform's storage that a tenant does not need. */
const CLOSED_PORTS = [50_000, 50_001, 2379, 2380, 10_250, 3370, 3371, 3376, 3377];

/** Cilium's names for the management cluster's API and machines. */
const MANAGEMENT_ENTITIES: ReadonlySet<string> = new Set(["all", "cluster", "host", "remote-node", "kube-apiserver"]);

/** Link-local: metadata services of clouds, and of the machines themselves. */
const LINK_LOCAL = "169.254.0.0/16";

/** Pods that do the platform's work for the tenant: cloud controller, CSI controller, autoscaler. */
const CONTROLLERS =
  /(?:^|[-_./])(?:k?ccm|cloud-controller(?:-manager)?|k?csi|csi-controller|cluster-autoscaler|autoscaler)(?:[-_./]|$)|allow-to-(?:api|kube-)/;

export const managementApiBlocked = stackRule({
  id: "tenant-mgmt-api-blocked",
  group: "tenancy",
  title: "Tenant machines cannot reach the management API",
  severity: "critical",
  references: ["MITRE T1552.005", "NSA network separation"],
  types: KINDS,
  fix: "take it out of the policy (ipBlock.except), or allow it to the labelled pods of the tenant's controllers only",
  docs: {
    why: "Root in a virtual machine is the tenant. The API server, kubelets, etcd, Talos, the storage controller and the metadata address trust their network too much, and no machine of a tenant needs them.",
    pass: {
      resources: [
        tenantNamespace(),
        denyAll(),
        networkPolicy(
          {
            egress: [
              { to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["10.0.0.0/8", "169.254.0.0/16", "192.0.2.0/24"] } }] },
            ],
          },
          { name: "internet" },
        ),
      ],
      config: { management: { nodeCIDRs: ["192.0.2.0/24"] } },
    },
    fail: {
      resources: [
        tenantNamespace(),
        denyAll(),
        networkPolicy(
          { egress: [{ to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["10.0.0.0/8", "169.254.0.0/16"] } }] }] },
          { name: "internet" },
        ),
      ],
      config: { management: { nodeCIDRs: ["192.0.2.0/24"] } },
    },
  },
  *check(stack, settings) {
    const closed = [LINK_LOCAL].flatMap((text) => parseNetwork(text) ?? []).concat(managementNetworks(settings));
    for (const namespace of tenantNamespaces(stack, settings)) {
      const name = namespace.name.text;
      if (name === undefined) continue;
      for (const { allows, selector } of policiesOf(stack, name).policies) {
        if (isForControllers(selector)) continue;
        for (const allowance of allows)
          if (allowance.direction === "egress") yield* reaching(allowance, closed, settings);
      }
    }
  },
});

function isForControllers(selector: Allowance["selector"]): boolean {
  const labels = selector.field("matchLabels").entries();
  return labels.some(
    ([name, value]) => CONTROLLERS.test(name) || (typeof value.value === "string" && CONTROLLERS.test(value.value)),
  );
}

function* reaching(allowance: Allowance, closed: readonly Network[], settings: Settings): Generator<Violation> {
  const port = allowance.ports === undefined ? undefined : CLOSED_PORTS.find((each) => opens(allowance, each));
  for (const peer of allowance.peers) {
    const reached = reachedBy(peer, allowance, closed, settings);
    if (reached !== undefined) yield { at: peer.at, message: `the tenant's pods reach ${reached}`, missing: true };
    else if (port !== undefined && isOutside(peer) && !isOwnDataStore(peer, allowance, port)) {
      yield { at: peer.at, message: `the tenant's pods reach port ${port} of the platform` };
    }
  }
}

/** Peers beyond the tenant's own pods. */
function isOutside(peer: Peer): boolean {
  return peer.kind !== "pods" || peer.namespaces !== undefined;
}

/** The tenant's API server, and it alone, keeps its state in the etcd of its DataStore. */
function isOwnDataStore(peer: Peer, { selector }: Allowance, port: number): boolean {
  const controlPlane = selector.at("matchLabels", "kamaji.clastix.io/name");
  return port === 2379 && controlPlane.present && peer.kind === "pods" && peer.pods.present && !selectsAll(peer.pods);
}

function reachedBy(
  peer: Peer,
  allowance: Allowance,
  closed: readonly Network[],
  settings: Settings,
): string | undefined {
  switch (peer.kind) {
    case "everybody":
      return allowance.ports?.every(({ first, last }) => first === 53 && last === 53) === true
        ? undefined
        : "everything";
    case "entity":
      return MANAGEMENT_ENTITIES.has(peer.entity) ? `the management cluster (${peer.entity})` : undefined;
    case "network": {
      const open = parseNetwork(peer.cidr);
      if (open === undefined) return undefined;
      const except = peer.except.flatMap((text) => parseNetwork(text) ?? []);
      return closed.find((each) => overlaps(open, each) && !except.some((hole) => contains(hole, each)))?.text;
    }
    case "pods": {
      if (peer.namespaces === undefined || peer.namespaces === peer.pods) return undefined;
      const everyPod = !peer.pods.present || selectsAll(peer.pods);
      if (!everyPod) return undefined;
      if (selectsAll(peer.namespaces)) return allowance.ports === undefined ? "the pods of every namespace" : undefined;
      const name = peer.namespaces.at("matchLabels", "kubernetes.io/metadata.name").text;
      const dns = allowance.ports?.every(({ first, last }) => first === 53 && last === 53) === true;
      const theirs = name !== undefined && (settings.management.namespaces.includes(name) || name === "kube-system");
      return theirs && !dns ? `namespace ${name} of the platform` : undefined;
    }
  }
}
