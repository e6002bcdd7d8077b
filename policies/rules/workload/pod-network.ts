import { flagsOf } from "../../engine/library/flags";
import { object } from "../../engine/library/examples";
import { chartName } from "../../engine/library/helm/chart-name";
import { isInsideTenant } from "../../engine/library/tenants";
import { mayShareCloud } from "../../engine/layers";
import { parameters } from "../../engine/parameters";
import { podsOf } from "../../engine/pods";
import { MACHINE_KINDS, objectRule, stackRule, type Violation } from "../../engine/rule";
import type { Target } from "../../engine/target";
import type { View } from "../../engine/view";

/** How pods and virtual machines are connected to the pod network. */

const DAEMON_CONFIG = "daemon-config.json";

const daemonConfig = (config: object) =>
  object("v1", "ConfigMap", { data: { [DAEMON_CONFIG]: JSON.stringify(config) } }, { name: "multus-daemon-config" });

export const multusPrimary = objectRule({
  id: "multus-primary-network",
  group: "workload",
  title: "Multus is configured with its primary network",
  severity: "high",
  references: ["multus-cni#1499", "cozystack#2310"],
  kinds: ["core/ConfigMap", "apps/DaemonSet"],
  fix: "name the file of the plugin that enforces network policies: multusMasterCNI, or --multus-master-cni-file-name of the thin plugin",
  docs: {
    why: "Multus that finds the primary network by itself takes the first file that exists when it starts, and keeps it. Where another plugin was faster, no NetworkPolicy holds for the pods of that node, and its virtual machines reach no Service.",
    pass: daemonConfig({ cniVersion: "0.3.1", multusConfigFile: "auto", multusMasterCNI: "05-cilium.conflist" }),
    fail: daemonConfig({ cniVersion: "0.3.1", multusConfigFile: "auto" }),
  },
  *check(target) {
    const message = "Multus calls whichever plugin is there first, maybe past the network policies";
    if (target.key === "core/ConfigMap") {
      const at = target.root.at("data", DAEMON_CONFIG);
      const config = jsonIn(at);
      if (config?.["multusConfigFile"] === "auto" && isEmpty(config["multusMasterCNI"])) yield { at, message };
      return;
    }
    for (const { view } of podsOf(target).flatMap((pod) => pod.mainContainers)) {
      if (!/(?:^|[/-])multus(?:[-:@/]|$)/.test(view.field("image").text ?? "")) continue;
      const flags = flagsOf(view.field("args"));
      const automatic = flags.find(({ name, value }) => name === "multus-conf-file" && value === "auto");
      const named = flags.some(({ name, value }) => name === "multus-master-cni-file-name" && value !== "");
      if (automatic !== undefined && !named) yield { at: automatic.at, message, missing: true };
    }
  },
});

const isEmpty = (value: unknown) => value === undefined || value === null || value === "";

/** Longer is no configuration of a plugin. */
const LONGEST = 1 << 16;

function jsonIn({ text }: View): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined || text.length > LONGEST) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const SOCKETS = parameters("cilium-socket-lb", (z) => ({
  virtualMachines: z
    .boolean()
    .describe("Whether virtual machines run beside it; where it is left out, whether any are seen."),
}));

const KUBEVIRT = ["kubevirt.io/KubeVirt", ...MACHINE_KINDS];

const kubevirt = object("kubevirt.io/v1", "KubeVirt", { spec: {} }, { name: "kubevirt", namespace: "kubevirt" });

const ciliumConfig = (data: object) =>
  object("v1", "ConfigMap", { data: { "kube-proxy-replacement": "true", ...data } }, { name: "cilium-config" });

export const socketLoadBalancer = stackRule({
  id: "cilium-socket-lb",
  group: "workload",
  title: "Services reach virtual machines",
  severity: "medium",
  references: ["cilium#14563", "cilium#37669", "kubevirt#10388"],
  types: ["helm.sh/Release", "core/ConfigMap"],
  fix: "set socketLB.hostNamespaceOnly to true (bpf-lb-sock-hostns-only in cilium-config)",
  params: SOCKETS,
  docs: {
    why: "Cilium in place of kube-proxy translates addresses of Services where a process connects its socket. Sockets of a guest are in another kernel: without translation per packet its virtual machines reach no Service, a tenant's nodes not their API.",
    pass: { resources: [kubevirt, ciliumConfig({ "bpf-lb-sock-hostns-only": "true" })] },
    fail: { resources: [kubevirt, ciliumConfig({})] },
  },
  *check(stack, settings) {
    const { virtualMachines } = SOCKETS.of(settings);
    if (virtualMachines === false) return;
    const machines = stack.all(...KUBEVIRT);
    for (const target of stack.of("helm.sh/Release", "core/ConfigMap")) {
      const guests = virtualMachines ?? machines.some((each) => mayShareCloud(each.resource, target.resource));
      // nodes of a tenant are guests, and run none
      if (guests && !isInsideTenant(target, settings)) yield* untranslated(target);
    }
  },
});

const REPLACES: readonly unknown[] = [true, "true", "strict"];

function* untranslated(target: Target): Generator<Violation> {
  const { key, root, name } = target;
  const message = "Services are translated at sockets only, which guests do not have";
  if (key === "core/ConfigMap") {
    if (!name.is("cilium-config")) return;
    const at = root.at("data", "bpf-lb-sock-hostns-only");
    if (REPLACES.includes(root.at("data", "kube-proxy-replacement").value) && !at.is("true")) yield { at, message };
    return;
  }
  if (chartName(target) !== "cilium") return;
  const at = root.at("values", "socketLB", "hostNamespaceOnly");
  if (REPLACES.includes(root.at("values", "kubeProxyReplacement").value) && !at.is(true)) yield { at, message };
}

export const hostFirewall = objectRule({
  id: "cilium-host-firewall",
  group: "workload",
  title: "Host firewall knows IPv6",
  severity: "low",
  references: ["cilium#33155", "cozystack#2806"],
  kinds: ["helm.sh/Release", "core/ConfigMap"],
  fix: "leave the host firewall off (hostFirewall.enabled) where no policy is for hosts, or switch IPv6 on (ipv6.enabled)",
  docs: {
    why: "In a cluster without IPv6, the host firewall of Cilium drops all IPv6 of the machines themselves, neighbour discovery first: what reaches them by it, storage or an upstream router, is gone.",
    pass: ciliumConfig({ "enable-host-firewall": "true", "enable-ipv6": "true" }),
    fail: ciliumConfig({ "enable-host-firewall": "true", "enable-ipv6": "false" }),
  },
  *check(target) {
    const { key, root, name } = target;
    const isConfig = key === "core/ConfigMap";
    if (isConfig ? !name.is("cilium-config") : chartName(target) !== "cilium") return;
    const [at, ipv6] = isConfig
      ? [root.at("data", "enable-host-firewall"), root.at("data", "enable-ipv6")]
      : [root.at("values", "hostFirewall", "enabled"), root.at("values", "ipv6", "enabled")];
    const isOn = ({ value }: View) => value === true || value === "true";
    if (isOn(at) && !isOn(ipv6)) yield { at, message: "all IPv6 of the machines is dropped", unless: [ipv6] };
  },
});
