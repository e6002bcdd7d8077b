import { overlaps, parseNetworks, type Network } from "../../engine/library/networks";
import { stackRule } from "../../engine/rule";
import type { Settings } from "../../engine/settings";
import type { Stack } from "../../engine/stack";
import type { View } from "../../engine/view";
import { cluster } from "./examples";
import { isPlatforms } from "../../engine/library/tenants";
import { managementNetworks } from "./vpc";

/** A network that a tenant's cluster or subnet takes. */
interface Claim {
  readonly at: View;
  readonly network: Network;
  readonly what: string;
  /** Networks of one owner are compared with each other by kind only. */
  readonly owner: string;
  /** The router the network is on; networks on different ones do not meet. */
  readonly router: string;
}

const OVN_DEFAULT = "ovn-cluster";

/** Pod and service networks of a cluster, of the kinds that say them. */
const PLACES: Readonly<Record<string, readonly (readonly [what: string, way: readonly string[]])[]>> = {
  "cluster.x-k8s.io/Cluster": [
    ["pods", ["spec", "clusterNetwork", "pods", "cidrBlocks"]],
    ["services", ["spec", "clusterNetwork", "services", "cidrBlocks"]],
  ],
  "kamaji.clastix.io/TenantControlPlane": [
    ["pods", ["spec", "networkProfile", "podCidr"]],
    ["pods", ["spec", "networkProfile", "podCidrs"]],
    ["services", ["spec", "networkProfile", "serviceCidr"]],
    ["services", ["spec", "networkProfile", "serviceCidrs"]],
  ],
};

function claimsOf(stack: Stack, settings: Settings): Claim[] {
  const routers = new Map<string, string>();
  for (const vpc of stack.all("kubeovn.io/Vpc")) {
    for (const namespace of vpc.spec.field("namespaces").texts()) routers.set(namespace, vpc.name.text ?? OVN_DEFAULT);
  }
  const claims: Claim[] = [];
  const claim = (view: View, what: string, owner: string, router: string) => {
    for (const at of Array.isArray(view.value) ? view.items() : [view]) {
      for (const network of parseNetworks(at.text ?? "")) claims.push({ at, network, what, owner, router });
    }
  };
  for (const [kind, places] of Object.entries(PLACES)) {
    for (const target of stack.all(kind)) {
      const namespace = target.namespace.text ?? "";
      const owner = `${namespace}/${target.name.text ?? target.resource.name}`;
      for (const [what, way] of places)
        claim(target.root.at(...way), what, owner, routers.get(namespace) ?? OVN_DEFAULT);
    }
  }
  for (const subnet of stack.all("kubeovn.io/Subnet")) {
    if (isPlatforms(subnet, settings)) continue;
    const name = subnet.name.text ?? subnet.resource.name;
    claim(subnet.spec.field("cidrBlock"), "machines", `subnet ${name}`, subnet.spec.field("vpc").text ?? OVN_DEFAULT);
  }
  return claims;
}

const network = (pods: string, name: string, namespace: string) =>
  cluster(
    { clusterNetwork: { pods: { cidrBlocks: [pods] }, services: { cidrBlocks: ["10.200.0.0/16"] } } },
    { name, namespace },
  );

export const cidrDisjoint = stackRule({
  id: "tenant-cidr-disjoint",
  group: "tenancy",
  title: "Networks disjoint",
  severity: "high",
  references: ["NSA network separation"],
  types: [...Object.keys(PLACES), "kubeovn.io/Subnet"],
  fix: "choose a network that no other cluster of the cloud uses",
  docs: {
    why: "Where two networks share addresses, packets for one go to the other: a machine that calls a service of its tenant reaches the management cluster or another tenant instead. This is found late, and cannot be changed without a new cluster.",
    pass: {
      resources: [network("10.16.0.0/16", "acme", "tenant-acme")],
      config: { management: { podCIDRs: ["10.244.0.0/16"] } },
    },
    fail: {
      resources: [network("10.244.128.0/17", "acme", "tenant-acme")],
      config: { management: { podCIDRs: ["10.244.0.0/16"] } },
    },
  },
  *check(stack, settings) {
    const claims = claimsOf(stack, settings);
    const management = managementNetworks(settings);
    for (const { at, network: own, what } of claims) {
      const taken = management.find((each) => overlaps(each, own));
      if (taken !== undefined)
        yield { at, message: `${what} ${own.text} overlap ${taken.text} of the management cluster` };
    }
    for (const [one, other] of meeting(claims)) {
      const message = ({ network: theirs, what, owner }: Claim, { network: own }: Claim) =>
        `${own.text} overlaps ${theirs.text}, the ${what} of ${owner}`;
      yield { at: one.at, message: message(other, one) };
      yield { at: other.at, message: message(one, other) };
    }
  },
});

/** Pairs of claims that have addresses in common and meet on a router. */
function* meeting(claims: readonly Claim[]): Generator<[Claim, Claim]> {
  for (const [index, one] of claims.entries()) {
    for (const other of claims.slice(index + 1)) {
      if (!overlaps(one.network, other.network)) continue;
      if (one.owner === other.owner ? one.what === other.what : one.router !== other.router) continue;
      yield [one, other];
    }
  }
}
