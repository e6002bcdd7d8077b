import { names, parameters } from "../../engine/parameters";
import { tenantOf } from "../../engine/layers";
import { contains, overlaps, parseNetwork, parseNetworks, type Network } from "../../engine/library/networks";
import { section } from "../../engine/remediation";
import { objectRule, type Violation } from "../../engine/rule";
import type { Settings } from "../../engine/settings";
import type { Target } from "../../engine/target";
import type { View } from "../../engine/view";
import { ACME } from "./examples";
import { isDerivedFrom, isPlatforms } from "../../engine/library/tenants";

/** Networks of the management cluster that a tenant's routes must not lead to. */
export function managementNetworks({ management }: Settings): Network[] {
  return [...management.nodeCIDRs, ...management.podCIDRs, ...management.serviceCIDRs].flatMap(
    (text) => parseNetwork(text) ?? [],
  );
}

function isListed(target: Target, list: readonly string[] = []): boolean {
  const name = target.name.text;
  return name !== undefined && list.includes(name);
}

/** Namespaces that are not the tenant's own: derived from another name, or a second one where nothing names the tenant. */
function* foreignNamespaces(target: Target, settings: Settings): Generator<Violation> {
  const tenant = tenantOf(target, settings);
  for (const [index, namespace] of target.spec.field("namespaces").items().entries()) {
    const foreign = tenant === undefined ? index > 0 : !isDerivedFrom(namespace.text ?? "", tenant);
    if (foreign) yield { at: namespace, message: `namespace ${namespace.text ?? "?"} is not that of the tenant` };
  }
}

function kubeOvn(kind: string, spec: object): object {
  return { apiVersion: "kubeovn.io/v1", kind, metadata: { name: "acme", labels: ACME }, spec };
}

const VPC = "tenant-vpc-isolated";

const VPC_PARAMS = parameters("tenant-vpc-isolated", (z) => ({
  external: names(z).describe("Vpcs that may have access to the outside."),
}));

export const vpcIsolated = objectRule({
  id: VPC,
  group: "tenancy",
  title: "Own VPC",
  severity: "critical",
  references: ["MTB PL1-BC-TI-2", "NSA network separation"],
  kinds: ["kubeovn.io/Vpc"],
  fix: "list the tenant's namespace alone, without peerings, external access and routes to the management cluster",
  params: VPC_PARAMS,
  docs: {
    why: "A VPC is a router of the tenant's own. Every other namespace, peering or route connects it to the network of another tenant, outside of all network policies.",
    pass: kubeOvn("Vpc", { namespaces: ["tenant-acme"] }),
    fail: kubeOvn("Vpc", { namespaces: ["tenant-acme"], vpcPeerings: [{ remoteVpc: "bank" }] }),
  },
  *check(target, settings) {
    if (isPlatforms(target, settings)) return;
    const { spec } = target;
    const namespaces = spec.field("namespaces");
    if (namespaces.items().length === 0) yield { at: namespaces, message: "every namespace may use the VPC" };
    yield* foreignNamespaces(target, settings);
    const peerings = spec.field("vpcPeerings");
    if (peerings.items().length > 0) yield { at: peerings, message: "the VPC is connected to another" };
    const external = spec.field("enableExternal");
    const extra = spec.field("extraExternalSubnets");
    if (!isListed(target, VPC_PARAMS.of(settings).external)) {
      if (external.on) yield { at: external, message: "the VPC is connected to the network of the machines" };
      if (extra.items().length > 0) yield { at: extra, message: "the VPC is connected to external networks" };
    }
    yield* routeFaults(spec, settings);
  },
});

function* routeFaults(spec: View, settings: Settings): Generator<Violation> {
  const management = managementNetworks(settings);
  const leadsThere = (network: Network) => network.prefix > 0 && management.some((each) => overlaps(each, network));
  const message = "the route leads into the management cluster";
  for (const route of spec.field("staticRoutes").items()) {
    for (const name of ["cidr", "nextHopIP"]) {
      const view = route.field(name);
      if (parseNetworks(view.text ?? "").some(leadsThere)) yield { at: view, message };
    }
  }
  for (const route of spec.field("policyRoutes").items()) {
    if (route.field("action").is("drop")) continue;
    const match = route.field("match");
    // only destinations are led somewhere: `ip4.dst == 10.0.0.0/16`
    const named =
      (match.text ?? "")
        .match(/dst\s*==\s*\{?[^}&|]*/g)
        ?.flatMap((part) => part.match(/[0-9a-f.:]+(?:\/\d+)?/gi) ?? []) ?? [];
    if (named.some((text) => parseNetworks(text).some(leadsThere))) yield { at: match, message };
    const hop = route.field("nextHopIP");
    if (parseNetworks(hop.text ?? "").some(leadsThere)) yield { at: hop, message };
  }
}

const SUBNET = "tenant-subnet-private";

const PRIVATE = {
  vpc: "acme",
  cidrBlock: "10.32.0.0/24",
  private: true,
  namespaces: ["tenant-acme"],
  disableInterConnection: true,
  natOutgoing: false,
};

const SUBNET_PARAMS = parameters("tenant-subnet-private", (z) => ({
  subnets: names(z).describe("Networks that a private subnet may allow."),
  interconnected: names(z).describe("Subnets that may be joined to those of others."),
}));

export const subnetPrivate = objectRule({
  id: SUBNET,
  group: "tenancy",
  title: "Private subnet",
  severity: "critical",
  references: ["MTB PL1-BC-TI-2", "NSA network separation"],
  kinds: ["kubeovn.io/Subnet"],
  fix: "set vpc to the tenant's own, private and disableInterConnection to true, natOutgoing either way, and list only the tenant's namespace and subnets",
  params: SUBNET_PARAMS,
  docs: {
    why: "A subnet that is not private is open to every pod of every tenant; one in the default VPC is part of the management cluster's own network.",
    pass: kubeOvn("Subnet", PRIVATE),
    fail: kubeOvn("Subnet", { ...PRIVATE, private: false }),
  },
  *check(target, settings) {
    if (isPlatforms(target, settings)) return;
    const { spec } = target;
    const vpc = spec.field("vpc");
    if (!vpc.present || vpc.is("") || vpc.is("ovn-cluster")) {
      yield { at: vpc, message: "the subnet is part of the management cluster's own network" };
    }
    const closed = spec.field("private");
    if (!closed.is(true)) yield { at: closed, message: "pods of all tenants reach the subnet" };
    const own = parseNetworks(spec.field("cidrBlock").text ?? "");
    const listed = (SUBNET_PARAMS.of(settings).subnets ?? []).flatMap(parseNetworks);
    for (const allowed of spec.field("allowSubnets").items()) {
      const networks = parseNetworks(allowed.text ?? "");
      const fine =
        networks.length > 0 && networks.every((network) => [...own, ...listed].some((each) => contains(each, network)));
      if (!fine) yield { at: allowed, message: "it is not a subnet of the tenant", unless: [spec.field("cidrBlock")] };
    }
    yield* foreignNamespaces(target, settings);
    const joined = spec.field("disableInterConnection");
    if (!joined.is(true) && !isListed(target, SUBNET_PARAMS.of(settings).interconnected)) {
      yield { at: joined, message: "the subnet takes part in the connection of clusters" };
    }
    const nat = spec.field("natOutgoing");
    if (typeof nat.value !== "boolean") yield { at: nat, message: "natOutgoing is not set" };
  },
  remediate: ({ object }) => {
    const spec = section(object, "spec");
    if (spec === undefined) return;
    const { private: closed } = spec;
    if (closed === undefined || closed === null || closed === false) spec["private"] = true;
  },
});
