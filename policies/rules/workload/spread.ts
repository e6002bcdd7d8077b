import { deployment } from "../../engine/library/examples";
import { chartName } from "../../engine/library/helm/chart-name";
import { parseImage } from "../../engine/library/images";
import { podSpecIn } from "../../engine/library/pod-remediation";
import { names, parameters } from "../../engine/parameters";
import { podsOf, type PodView } from "../../engine/pods";
import { elements, isFields, section } from "../../engine/remediation";
import { objectRule, type Violation } from "../../engine/rule";
import { selectorMatches } from "../../engine/selectors";
import type { Target } from "../../engine/target";
import type { View } from "../../engine/view";

/** Places that two pods cannot share without sharing the failure of a node: the node, and what nodes stand in. */
const APART = ["kubernetes.io/hostname", "topology.kubernetes.io/zone", "topology.kubernetes.io/region"];

const SPREAD = parameters("topology-spread", (z) => ({
  quorum: names(z).describe(
    "Images, by the last part of their name, whose members need a majority, beside those that are known.",
  ),
}));

/** Programs that stop when the majority of their members is gone, by the last part of their image's name. */
const QUORUM =
  /^(?:etcd|kine-etcd|zookeeper|kafka|consul|vault|openbao|rabbitmq|nats|nats-server|mongo|mongodb|cockroach|redis-sentinel|clickhouse-keeper|patroni)$/;

export const spread = objectRule({
  id: "topology-spread",
  group: "workload",
  title: "Spread over nodes",
  severity: "low",
  references: ["polaris topologySpreadConstraint", "kube-linter no-anti-affinity"],
  kinds: ["apps/Deployment", "apps/StatefulSet", "helm.sh/Release"],
  fix: "add topologySpreadConstraints or podAntiAffinity over kubernetes.io/hostname",
  params: SPREAD,
  docs: {
    why: "Two replicas on one node are lost together. Members of etcd and the like, which need a majority, then lose it: with local volumes they stay on their first node, and the restart of that node stops everything that stores its state in them.",
    pass: deployment(),
    fail: deployment({ topologySpreadConstraints: undefined }),
  },
  remediate(remediation) {
    const spec = podSpecIn(remediation);
    const selector = section(remediation.object, "spec")?.["selector"];
    if (spec === undefined || !isFields(selector)) return;
    const whenUnsatisfiable = "ScheduleAnyway";
    spec["topologySpreadConstraints"] = [
      ...elements(spec, "topologySpreadConstraints"),
      { maxSkew: 1, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable, labelSelector: selector },
    ];
  },
  *check(target, settings) {
    if (target.key === "helm.sh/Release") return yield* ofChart(target);
    const count = target.spec.field("replicas").number ?? 1;
    if (count < 2) return;
    for (const pod of podsOf(target)) {
      const constraints = pod.spec.field("topologySpreadConstraints");
      // a constraint without a selector counts no pods, and so never asks for anything
      const spreads = (each: View) => each.field("topologyKey").present && each.field("labelSelector").present;
      if (constraints.items().some(spreads) || keepsApart(pod)) continue;
      const members = count > 2 && target.key === "apps/StatefulSet" && needsMajority(pod, SPREAD.of(settings).quorum);
      yield members
        ? {
            at: constraints,
            message: "the majority of its members may be scheduled to one node",
            missing: true,
            severity: "high",
          }
        : { at: constraints, message: "all replicas may be scheduled to one node", missing: true };
    }
  },
});

/** Charts of members that need a majority whose values decide where these run, and how many there are by default. */
const CHARTS: Readonly<Record<string, number>> = { "kamaji-etcd": 3 };

/** What the values of a chart leave open: kamaji-etcd 0.17.0 adds no affinity of its own (clastix/kamaji-etcd#94). */
function* ofChart(target: Target): Generator<Violation> {
  const name = chartName(target) ?? "";
  const usual = Object.hasOwn(CHARTS, name) ? CHARTS[name] : undefined;
  const values = target.root.field("values");
  if (usual === undefined || (values.field("replicas").number ?? usual) < 3) return;
  const constraints = values.field("topologySpreadConstraints");
  const affinity = values.at("affinity", "podAntiAffinity");
  const terms = ["required", "preferred"].flatMap((how) =>
    affinity.field(`${how}DuringSchedulingIgnoredDuringExecution`).items(),
  );
  if (constraints.items().length > 0 || terms.length > 0) return;
  const message = "the majority of its members may be scheduled to one node";
  yield { at: affinity, message, missing: true, severity: "high" };
}

function needsMajority(pod: PodView, more: readonly string[] = []): boolean {
  return pod.mainContainers.some(({ view }) => {
    const name =
      parseImage(view.field("image").text ?? "")
        ?.repository.split("/")
        .at(-1) ?? "";
    return QUORUM.test(name) || more.includes(name);
  });
}

/** Whether an anti-affinity keeps pods of one workload from each other's nodes. */
function keepsApart(pod: PodView): boolean {
  const affinity = pod.spec.at("affinity", "podAntiAffinity");
  const required = affinity.field("requiredDuringSchedulingIgnoredDuringExecution").items();
  const preferred = affinity.field("preferredDuringSchedulingIgnoredDuringExecution").items();
  return [...required, ...preferred.map((each) => each.field("podAffinityTerm"))].some((term) => {
    // a term without namespaces is about the pod's own, one with a selector may be about any
    const namespaces = term.field("namespaces").texts();
    const here = namespaces.length === 0 || namespaces.includes(pod.target.namespace.text ?? "default");
    return (
      APART.includes(term.field("topologyKey").text ?? "") &&
      (here || term.field("namespaceSelector").present) &&
      selectorMatches(term.field("labelSelector"), pod.metadata.field("labels"))
    );
  });
}
