import { parameters } from "../../engine/parameters";
import { isKubeletsLabel } from "../../engine/library/node-labels";
import { flagsOf } from "../../engine/library/flags";
import { machinesIn, nodeLabelsOf, schedulesWorkloads } from "../../engine/library/talos/machines";
import { APPLY, talosConfig } from "../../engine/library/talos/config";
import { mayShareCloud } from "../../engine/layers";
import { podsOf } from "../../engine/pods";
import { stackRule } from "../../engine/rule";
import type { Stack } from "../../engine/stack";
import type { Target } from "../../engine/target";
import { machineWith, without } from "./examples";
import { talosRule } from "./talos-rule";

/** How machines label the nodes that they become. */

const worker = (labels: object) =>
  machineWith({ machine: { type: "worker", nodeLabels: labels }, cluster: { etcd: without } });

export const nodeLabels = talosRule({
  id: "talos-node-labels",
  title: "Node labels allowed",
  severity: "medium",
  references: ["NodeRestriction", "siderolabs/talos#10122"],
  fix: "use a domain of your own, or set the label with the rights of an administrator, e.g. by `kubectl label node`",
  docs: {
    why: "A worker labels its node with the rights of a kubelet. For one label that it may not set the API server refuses all of them, and only the machine's log says so: pods that select the node stay pending.",
    pass: worker({ rack: "a1", "node.kubernetes.io/pool": "small" }),
    fail: worker({ "node-role.kubernetes.io/worker": "" }),
  },
  *check(config) {
    // control planes do it with the rights of an administrator
    if (config.role !== "worker") return;
    for (const [name, at] of nodeLabelsOf(config)) {
      if (at.value === null || isKubeletsLabel(name)) continue;
      yield { at, message: `a kubelet may not set ${name}, and its node gets no label at all` };
    }
  },
});

const EXCLUDED = "node.kubernetes.io/exclude-from-external-load-balancers";

const IGNORED = parameters("talos-load-balancer-label", (z) => ({
  ignored: z
    .boolean()
    .describe("Whether what announces addresses ignores the label, in a program that is not seen here."),
}));

const alone = (machine: object) => machineWith({ machine, cluster: { allowSchedulingOnControlPlanes: true } });

export const loadBalancerLabel = stackRule({
  id: "talos-load-balancer-label",
  group: "talos",
  title: "Load balancers have nodes",
  severity: "high",
  references: ["metallb#2676", "cozystack#4043"],
  types: [APPLY],
  fix: `delete the label by machine.nodeLabels (${EXCLUDED}: { $patch: delete }), add workers, or set speaker.ignoreExcludeLB of MetalLB`,
  params: IGNORED,
  docs: {
    why: "Talos labels control planes as excluded from load balancers. Where all machines are control planes, MetalLB assigns addresses that no node announces, and logs nothing: no tenant's API answers.",
    pass: alone({}),
    fail: alone({ nodeLabels: { [EXCLUDED]: "" } }),
  },
  *check(stack, settings) {
    if (IGNORED.of(settings).ignored === true) return;
    const beside = machinesIn(stack);
    for (const target of stack.of(APPLY)) {
      const { others, unsure } = beside(target.resource);
      const config = target.memo(talosConfig);
      if (config?.role !== "controlplane" || others.length > 0 || schedulesWorkloads(config) === undefined) continue;
      const label = nodeLabelsOf(config).find(([name, at]) => name === EXCLUDED && at.value !== null);
      if (label === undefined || isIgnored(stack, target)) continue;
      const message = "no machine is left that may announce addresses of load balancers";
      yield { at: label[1], message, unless: unsure };
    }
  },
});

/** Whether MetalLB in the same cloud ignores the label. */
function isIgnored(stack: Stack, machine: Target): boolean {
  const releases = stack.all("helm.sh/Release").filter(({ resource }) => mayShareCloud(resource, machine.resource));
  if (releases.some(({ root }) => root.at("values", "speaker", "ignoreExcludeLB").is(true))) return true;
  return stack.all("apps/DaemonSet").some((speaker) =>
    podsOf(speaker)
      .flatMap(({ mainContainers }) => mainContainers)
      .some(({ view }) =>
        flagsOf(view.field("args")).some(({ name, value }) => name === "ignore-exclude-lb" && value === "true"),
      ),
  );
}
