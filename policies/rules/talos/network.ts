import { parameters, names } from "../../engine/parameters";
import { contains, parseNetwork } from "../../engine/library/networks";
import type { View } from "../../engine/view";
import { APPLY, type TalosConfig } from "../../engine/library/talos/config";
import { applying, machineWith, without } from "./examples";
import { patchLast, portsOf, talosRule } from "./talos-rule";

/** What a machine says to its network, and whom it answers. */

export const kubePrism = talosRule({
  id: "talos-kubeprism",
  title: "KubePrism on",
  severity: "medium",
  references: ["Talos 1.6"],
  fix: "keep the generated features.kubePrism",
  docs: {
    why: "KubePrism is the load balancer on each machine through which kubelet and network reach the API servers. Without it a machine depends on one address outside of itself.",
    pass: machineWith(),
    fail: machineWith({ machine: { features: { kubePrism: { enabled: false } } } }),
  },
  remediate({ type, object }) {
    if (type === APPLY) patchLast(object, { machine: { features: { kubePrism: { enabled: true, port: 7445 } } } });
  },
  *check({ machine, documents }) {
    for (const section of [machine.at("features", "kubePrism"), ...documents("KubePrismConfig")]) {
      const [enabled, port] = [section.field("enabled"), section.field("port")];
      if (enabled.is(false)) yield { at: enabled, message: "the machine depends on one address for the API" };
      if (port.is(0)) yield { at: port, message: "port 0 turns it off" };
    }
  },
});

export const certSans = talosRule({
  id: "talos-cert-sans",
  role: "controlplane",
  title: "certSANs complete",
  severity: "medium",
  references: ["TLS"],
  fix: "add the host of the endpoint and every VIP, by name or address",
  docs: {
    why: "If a certificate does not name the address of the API server, clients have to disable verification. One with a wildcard is also valid for other machines.",
    pass: machineWith(),
    fail: machineWith({ machine: { certSANs: without } }),
  },
  *check(config) {
    const { machine, cluster, documents, hidden } = config;
    const [named] = documents("KubeClusterConfig");
    const endpoint = named?.field("endpoint") ?? cluster.at("controlPlane", "endpoint");
    const [server] = documents("KubeAPIServerConfig");
    const ofServer = server?.field("certExtraSANs") ?? cluster.at("apiServer", "certSANs");
    const wanted = [hostOf(endpoint.text), ...virtualAddresses(config)].flatMap((host) => host ?? []);
    for (const list of [machine.field("certSANs"), ofServer]) {
      const names = list.texts();
      for (const host of wanted) {
        if (!names.includes(host)) yield { at: list, message: `${host} is not among them`, unless: hidden };
      }
      for (const at of list.items())
        if (at.text?.includes("*") === true) yield { at, message: "a wildcard is valid for other machines" };
    }
  },
});

function hostOf(url: string | undefined): string | undefined {
  try {
    return url === undefined ? undefined : new URL(url).hostname.replace(/^\[(.*)\]$/, "$1");
  } catch {
    return undefined;
  }
}

function virtualAddresses({ machine, documents }: TalosConfig): (string | undefined)[] {
  const interfaces = machine.at("network", "interfaces").items();
  return [
    ...documents("Layer2VIPConfig").map((document) => document.field("name").text),
    ...interfaces.map((each) => each.at("vip", "ip").text),
  ];
}

export const discovery = talosRule({
  id: "talos-discovery",
  title: "Discovery private",
  severity: "medium",
  references: ["privacy"],
  fix: "set discovery.enabled to false, or the endpoint of a discovery service of your own; disable the registry in Kubernetes",
  docs: {
    why: "By default machines report to a service on the internet, encrypted, which of them form a cluster. With the registry in Kubernetes every node can write what other machines believe of the cluster.",
    pass: machineWith(),
    fail: machineWith({
      cluster: { discovery: { enabled: true, registries: { kubernetes: { disabled: true }, service: {} } } },
    }),
  },
  *check({ cluster, documents }) {
    const section = cluster.field("discovery");
    for (const document of documents("DiscoveryServiceConfig")) {
      if (!document.field("enabled").is(false)) yield* serviceFault(document.field("endpoint"));
    }
    if (!section.field("enabled").on) return;
    const kubernetes = section.at("registries", "kubernetes", "disabled");
    if (!kubernetes.is(true))
      yield { at: kubernetes, message: "every node can write what others believe of the cluster" };
    const service = section.at("registries", "service");
    if (!service.field("disabled").is(true)) yield* serviceFault(service.field("endpoint"));
  },
});

function* serviceFault(endpoint: View) {
  const host = hostOf(endpoint.text);
  if (host === undefined || host === "talos.dev" || host.endsWith(".talos.dev")) {
    yield { at: endpoint, message: "machines report to discovery.talos.dev" };
  }
}

const FIREWALL = "NetworkDefaultActionConfig";

/** TCP ports without which a machine cannot do its part. */
const COMMON = [10250, 50000];
const CONTROL_PLANE = [2379, 2380, 6443, 50001];

export const ingressFirewall = talosRule({
  id: "talos-ingress-firewall",
  title: "Ingress firewall on",
  severity: "high",
  references: ["NSA network separation"],
  fix: "add NetworkDefaultActionConfig with ingress: block, and a NetworkRuleConfig for each port with the networks that need it",
  docs: {
    why: "Without a firewall every port of a machine is open to its whole network: etcd, kubelet, the Talos API, storage replication. Machines of tenants use the same network.",
    pass: machineWith(),
    // put onto block, accept changes nothing (Talos 1.13)
    fail: machineWith(
      { apiVersion: "v1alpha1", kind: FIREWALL, ingress: without },
      { apiVersion: "v1alpha1", kind: FIREWALL, ingress: "accept" },
    ),
  },
  *check({ document, documents, role, hidden }) {
    const action = document(FIREWALL).field("ingress");
    const rules = documents("NetworkRuleConfig");
    if (!action.is("block")) yield { at: action, message: "ports without a rule are open" };
    const open = rules.filter((rule) => rule.at("portSelector", "protocol").is("tcp")).flatMap((rule) => portsOf(rule));
    const needed = role === "controlplane" ? [...COMMON, ...CONTROL_PLANE] : COMMON;
    for (const port of needed) {
      const reached = open.some(([from, to]) => from <= port && port <= to);
      if (action.is("block") && !reached) yield { at: action, message: `port ${port} has no rule`, unless: hidden };
    }
    for (const rule of rules) {
      for (const ingress of rule.field("ingress").items()) {
        const subnet = ingress.field("subnet");
        if (parseNetwork(subnet.text ?? "")?.prefix === 0) yield { at: subnet, message: "every address may connect" };
      }
    }
  },
});

const LOGGING = parameters("talos-logging-tls", (z) => ({
  networks: names(z).describe(
    "Networks that the log of the kernel may cross unencrypted, beside those of the machines.",
  ),
  eventSink: z.boolean().describe("Whether events may be sent unencrypted."),
}));

const logsTo = (endpoint: string) => {
  const patch = { machine: { logging: { destinations: [{ endpoint, format: "json_lines" }] } } };
  return applying({ configPatches: [JSON.stringify(patch)] });
};

export const loggingTls = talosRule({
  id: "talos-logging-tls",
  title: "Logs encrypted",
  severity: "low",
  references: ["NSA logging"],
  fix: "send logs to a collector on the machine itself, which encrypts them, or to a network of the machines",
  params: LOGGING,
  docs: {
    why: "Logs name users, addresses and objects, and sometimes secrets. tcp and udp send them unencrypted, and their receiver accepts them from every sender.",
    pass: logsTo("tcp://127.0.0.1:5140"),
    fail: logsTo("udp://203.0.113.9:514"),
  },
  *check({ machine, documents }, settings) {
    const nodes = [...settings.management.nodeCIDRs, ...(LOGGING.of(settings).networks ?? [])];
    const destinations = machine
      .at("logging", "destinations")
      .items()
      .map((each) => each.field("endpoint"));
    for (const at of destinations) {
      if (!isClosed(at, [])) yield { at, message: "logs leave the machine unencrypted" };
    }
    for (const at of documents("KmsgLogConfig").map((document) => document.field("url"))) {
      if (!isClosed(at, nodes)) yield { at, message: "the kernel's log leaves the machines' network unencrypted" };
    }
    const { eventSink: enabled = false } = LOGGING.of(settings);
    for (const at of documents("EventSinkConfig").map((document) => document.field("endpoint"))) {
      const host = at.text?.replace(/:\d+$/, "");
      if (!enabled && host !== undefined && !isLocal(host))
        yield { at, message: "events leave the machine unencrypted" };
    }
  },
});

/** Encrypted, on the machine itself, or in one of the networks. */
function isClosed(at: View, networks: readonly string[]): boolean {
  const match = /^([a-z+]+):\/\/(?:[^@/]*@)?(\[[^\]]*\]|[^:/?]*)/i.exec(at.text ?? "");
  const [, scheme = "", host = ""] = match ?? [];
  if (/^(?:https|tls|tcp\+tls|tls\+tcp)$/i.test(scheme) || isLocal(host)) return true;
  return networks.some((network) => holds(network, host.replace(/^\[|\]$/g, "")));
}

function isLocal(host: string): boolean {
  return /^(?:127(?:\.\d+){3}|\[?::1\]?|localhost)$/.test(host);
}

function holds(network: string, host: string): boolean {
  const [outer, inner] = [parseNetwork(network), parseNetwork(host)];
  return outer !== undefined && inner !== undefined && contains(outer, inner);
}
