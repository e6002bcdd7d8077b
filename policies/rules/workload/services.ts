import { names, parameters } from "../../engine/parameters";
import { object } from "../../engine/library/examples";
import { isFields } from "../../engine/remediation";
import { objectRule } from "../../engine/rule";
import type { Settings } from "../../engine/settings";
import type { Target } from "../../engine/target";

const KINDS = ["core/Service"];

const service = (spec: object, metadata: object = {}) =>
  object("v1", "Service", { spec: { selector: { app: "web" }, ports: [{ port: 80 }], ...spec } }, { ...metadata });

const balancer = (spec: object = {}, metadata: object = {}) =>
  service(
    {
      type: "LoadBalancer",
      allocateLoadBalancerNodePorts: false,
      loadBalancerSourceRanges: ["198.51.100.0/24"],
      ...spec,
    },
    metadata,
  );

/** Whether a list of services names this one, as `name` or `namespace/name`. */
function listed(list: readonly string[], target: Target): boolean {
  const name = target.name.text ?? target.resource.name;
  return list.includes(name) || list.includes(`${target.namespace.text ?? ""}/${name}`);
}

const EXTERNAL_IPS = parameters("svc-external-ips", (z) => ({
  addresses: names(z).describe("Addresses that Services may claim."),
}));

export const externalIps = objectRule({
  id: "svc-external-ips",
  group: "workload",
  title: "No external IPs",
  severity: "critical",
  references: ["CVE-2020-8554", "KSV-0108", "CIS 1.2.3"],
  kinds: KINDS,
  fix: "use a LoadBalancer, or list the address in the parameter `addresses`",
  params: EXTERNAL_IPS,
  docs: {
    why: "An external IP makes every node answer for that address. Everybody who may create a Service can take over the traffic of any address, also that of the API server.",
    pass: service({}),
    fail: service({ externalIPs: ["203.0.113.7"] }),
  },
  *check({ spec }, settings) {
    const { addresses: allowed = [] } = EXTERNAL_IPS.of(settings);
    for (const address of spec.field("externalIPs").items()) {
      if (!allowed.includes(address.text ?? "")) yield { at: address, message: "every node answers for this address" };
    }
  },
});

export const nodePort = objectRule({
  id: "svc-node-port",
  group: "workload",
  title: "No NodePort",
  severity: "high",
  references: ["MTB PL1-BC-HI-1", "kyverno restrict-nodeport"],
  kinds: KINDS,
  fix: "use ClusterIP or LoadBalancer, the latter with allocateLoadBalancerNodePorts: false",
  docs: {
    why: "A node port is open on every node and in every network of the nodes, and for network policies its clients have the address of the node.",
    pass: balancer(),
    fail: service({ type: "NodePort" }),
  },
  /** A NodePort cannot be turned into something else without knowing who uses it; only load balancers are changed. */
  remediate({ object: root }) {
    const spec = root["spec"];
    if (isFields(spec) && spec["type"] === "LoadBalancer") spec["allocateLoadBalancerNodePorts"] = false;
  },
  *check({ spec }) {
    const type = spec.field("type");
    if (type.word === "NodePort") yield { at: type, message: "the port is open on every node" };
    if (!type.is("LoadBalancer")) return;
    const field = spec.field("allocateLoadBalancerNodePorts");
    if (!field.is(false)) yield { at: field, message: "the load balancer opens a port on every node" };
  },
});

const BALANCERS = parameters("svc-load-balancer", (z) => ({
  exposed: names(z).describe("Services that may be exposed: `name` or `namespace/name`."),
}));

export const loadBalancer = objectRule({
  id: "svc-load-balancer",
  group: "workload",
  title: "LoadBalancer by list",
  severity: "medium",
  references: ["gatekeeper k8sblockloadbalancer"],
  kinds: KINDS,
  fix: "list it in the parameter `exposed`, or use a Gateway that is exposed already",
  params: BALANCERS,
  docs: {
    why: "Each load balancer takes an address of the pool and opens the cluster to the outside. The exposed services should be in a list that is reviewed.",
    pass: { resources: [balancer()], params: { "svc-load-balancer": { exposed: ["shop/web"] } } },
    fail: balancer(),
  },
  *check(target, settings) {
    const type = target.spec.field("type");
    if (type.word !== "LoadBalancer" || listed(BALANCERS.of(settings).exposed ?? [], target)) return;
    yield { at: type, message: "the service is exposed and not in the list", missing: true };
  },
});

const PUBLIC = /(?:^|[./-])public$/;

const SOURCE_RANGES = parameters("svc-lb-source-ranges", (z) => ({
  public: names(z).describe("Services that everybody shall reach: `name` or `namespace/name`."),
}));

/** Exposed to everybody on purpose: a label or annotation `…public: "true"`, or the parameter `public`. */
function isPublic(target: Target, settings: Settings): boolean {
  const tagged = [...target.labels.entries(), ...target.annotations.entries()];
  return (
    tagged.some(([name, value]) => PUBLIC.test(name) && (value.is("true") || value.is(true))) ||
    listed(SOURCE_RANGES.of(settings).public ?? [], target)
  );
}

export const sourceRanges = objectRule({
  id: "svc-lb-source-ranges",
  group: "workload",
  title: "LoadBalancer sources restricted",
  severity: "high",
  references: ["NSA network separation"],
  kinds: KINDS,
  fix: 'set loadBalancerSourceRanges, or label it public: "true" when everybody may reach it',
  params: SOURCE_RANGES,
  docs: {
    why: "A load balancer without source ranges is open to the internet, or to every tenant where addresses are private.",
    pass: balancer(),
    fail: balancer({ loadBalancerSourceRanges: [] }),
  },
  *check(target, settings) {
    if (target.spec.field("type").word !== "LoadBalancer") return;
    const ranges = target.spec.field("loadBalancerSourceRanges");
    const open = ranges
      .items()
      .filter((range) => /^(?:0\.0\.0\.0|::|0:0:0:0:0:0:0:0)\/0$/.test(range.word?.trim() ?? ""));
    if (open.length === 0 && ranges.items().length > 0) return;
    if (isPublic(target, settings)) return;
    if (ranges.items().length === 0) yield { at: ranges, message: "everybody may connect" };
    for (const range of open) yield { at: range, message: "everybody may connect" };
  },
});

const LOCAL =
  /^(?:localhost|.*\.localhost|127(?:\.\d+){1,3}|\[?::1\]?|0\.0\.0\.0|0|ip6-localhost|localhost\.localdomain)\.?$/i;
const METADATA =
  /^(?:169\.254\.\d+\.\d+|metadata(?:\.google\.internal)?|metadata\.azure\.com|instance-data(?:\.ec2\.internal)?|fd00:ec2::254)\.?$/i;
const IN_CLUSTER = /^[a-z0-9-]+\.([a-z0-9-]+)\.svc(?:\.[a-z0-9.-]+)?\.?$/i;

const EXTERNAL_NAMES = parameters("svc-external-name", (z) => ({
  namespaces: names(z).describe("Namespaces that external names may lead into."),
}));

export const externalName = objectRule({
  id: "svc-external-name",
  group: "workload",
  title: "No ExternalName into the cluster",
  severity: "medium",
  references: ["kyverno restrict-external-names", "Capsule"],
  kinds: KINDS,
  fix: "name a host outside the cluster, or use a Service with a selector",
  params: EXTERNAL_NAMES,
  docs: {
    why: "An ingress controller that follows the name is sent to itself, to the metadata service of the cloud, or into the namespace of another tenant.",
    pass: service({ type: "ExternalName", externalName: "db.example.com" }),
    fail: service({ type: "ExternalName", externalName: "localhost" }),
  },
  *check({ spec, namespace }, settings) {
    if (spec.field("type").word !== "ExternalName") return;
    const at = spec.field("externalName");
    const text = at.word ?? "";
    if (LOCAL.test(text)) yield { at, message: "the name leads back to the client that follows it" };
    else if (METADATA.test(text)) yield { at, message: "the name leads to the metadata service" };
    const reached = IN_CLUSTER.exec(text)?.[1];
    const { namespaces: allowed = [] } = EXTERNAL_NAMES.of(settings);
    if (reached !== undefined && reached !== namespace.text && !allowed.includes(reached)) {
      yield { at, message: `the name leads into namespace ${reached}`, unless: [namespace] };
    }
  },
});
