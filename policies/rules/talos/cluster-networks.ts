import { chartName } from "../../engine/library/helm/chart-name";
import { contains, parseNetwork, type Network } from "../../engine/library/networks";
import { APPLY, talosConfig, type TalosConfig } from "../../engine/library/talos/config";
import { mayShareCloud } from "../../engine/layers";
import { stackRule } from "../../engine/rule";
import type { Settings } from "../../engine/settings";
import type { Stack } from "../../engine/stack";
import type { Target } from "../../engine/target";
import type { View } from "../../engine/view";
import { machineWith } from "./examples";
import { portsOf, talosRule } from "./talos-rule";

/** Networks of pods and Services in machine configurations. */

/** Longest prefix of an IPv4 network that an API server accepts for its Services (kube-apiserver 1.34). */
const LONGEST_PREFIX = 29;

export const clusterNetworks = talosRule({
  id: "talos-cluster-networks",
  title: "Networks that API servers accept",
  severity: "high",
  references: ["kube-apiserver --service-cluster-ip-range"],
  fix: `give one network for each IP family, and Services a /${LONGEST_PREFIX} or larger`,
  docs: {
    why: "Talos takes every list of networks. The API server exits for two of one IP family, or for Services in a network without eight addresses, and nothing but its log on the machine says so: the cluster never answers.",
    pass: machineWith({ cluster: { network: { serviceSubnets: ["10.96.0.0/16", "fd00:96::/112"] } } }),
    fail: machineWith({ cluster: { network: { serviceSubnets: ["10.96.0.0/16", "10.97.0.0/16"] } } }),
  },
  *check(config) {
    for (const list of networksOf(config, "serviceSubnets", "podSubnets")) {
      const families = new Set<string>();
      for (const at of list.items()) {
        const family = parseNetwork(at.text ?? "")?.address.kind();
        if (family === undefined) continue;
        if (families.has(family)) yield { at, message: "it is the second network of its IP family" };
        families.add(family);
      }
    }
    for (const at of networksOf(config, "serviceSubnets").flatMap((list) => list.items())) {
      const network = parseNetwork(at.text ?? "");
      if (network?.address.kind() === "ipv4" && network.prefix > LONGEST_PREFIX)
        yield { at, message: "it has fewer than the 8 addresses that API servers need for Services" };
    }
  },
});

function networksOf({ cluster, documents }: TalosConfig, ...names: readonly string[]): View[] {
  const sections = [cluster.field("network"), ...documents("KubeNetworkConfig")];
  return names.flatMap((name) => sections.map((section) => section.field(name)));
}

const KUBE_OVN = {
  type: "kubernetes:helm.sh/v3:Release",
  name: "kube-ovn-v2",
  props: {
    chart: "kube-ovn-v2",
    namespace: "kube-ovn",
    values: { networking: { pods: { cidr: { v4: "10.244.0.0/16" } }, join: { cidr: { v4: "100.64.0.0/16" } } } },
  },
};

const admitting = (...networks: readonly string[]) =>
  machineWith({
    apiVersion: "v1alpha1",
    kind: "NetworkRuleConfig",
    name: "dns",
    portSelector: { ports: [53], protocol: "udp" },
    ingress: networks.map((subnet) => ({ subnet })),
  });

const DNS = 53;

export const firewallPods = stackRule({
  id: "talos-firewall-pods",
  group: "talos",
  title: "Firewall lets pods in",
  severity: "medium",
  references: ["siderolabs/talos#8945", "siderolabs/talos#9191"],
  types: [APPLY],
  fix: "add the network to a NetworkRuleConfig for port 53, or give it to Talos as podSubnets",
  docs: {
    why: "Talos forwards cluster DNS to the machine, and its firewall lets in pods of podSubnets alone. Where the pod network has other addresses, names take seconds to resolve, or do not at all, on every machine.",
    pass: { resources: [admitting("10.244.0.0/16", "100.64.0.0/16"), KUBE_OVN] },
    fail: { resources: [admitting("192.0.2.0/24"), KUBE_OVN] },
  },
  *check(stack, settings) {
    for (const target of stack.of(APPLY)) {
      const config = target.memo(talosConfig);
      const at = config?.document("NetworkDefaultActionConfig").field("ingress");
      const forwards = config?.machine.at("features", "hostDNS", "forwardKubeDNSToHost");
      if (config === undefined || at?.is("block") !== true || forwards?.is(false) === true) continue;
      const admitted = admittedBy(config);
      for (const network of podNetworks(stack, target, settings)) {
        if (admitted.some((each) => contains(each, network))) continue;
        yield { at, message: `pods of ${network.text} do not reach cluster DNS on the machine`, unless: config.hidden };
      }
    }
  },
});

/** Networks from which the machine answers DNS: those of its pods, as Talos knows them, and those that rules let in. */
function admittedBy(config: TalosConfig): Network[] {
  const own = networksOf(config, "podSubnets", "serviceSubnets").flatMap((list) => list.texts());
  const rules = config
    .documents("NetworkRuleConfig")
    .filter((rule) => rule.at("portSelector", "protocol").is("udp"))
    .filter((rule) => portsOf(rule).some(([from, to]) => from <= DNS && DNS <= to))
    .flatMap((rule) => rule.field("ingress").items())
    .flatMap((ingress) => ingress.field("subnet").text ?? []);
  return [...own, ...rules].flatMap((text) => parseNetwork(text) ?? []);
}

/** Networks of the pods of the management cluster: as configured, and as the charts of pod networks say. */
function podNetworks(stack: Stack, machine: Target, { management }: Settings): Network[] {
  const releases = stack.all("helm.sh/Release").filter(({ resource }) => mayShareCloud(resource, machine.resource));
  const said = releases.flatMap((release) => {
    const networking = release.root.at("values", "networking");
    const isKubeOvn = /^kube-ovn(?:-v2)?$/.test(chartName(release) ?? "");
    return isKubeOvn ? ["pods", "join"].flatMap((name) => networking.at(name, "cidr", "v4").text ?? []) : [];
  });
  return [...new Set([...management.podCIDRs, ...said])].flatMap((text) => parseNetwork(text) ?? []);
}
