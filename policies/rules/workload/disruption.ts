import { podsOf } from "../../engine/pods";
import { deployment, object } from "../../engine/library/examples";
import { stackRule, type Example, type Violation } from "../../engine/rule";
import { selectorMatches } from "../../engine/selectors";
import type { Stack } from "../../engine/stack";
import type { Target } from "../../engine/target";
import type { View } from "../../engine/view";
import { fewestReplicas } from "./autoscaling";

/** PodDisruptionBudgets: present where they help, and never in the way of every drain. */

const WORKLOADS = ["apps/Deployment", "apps/StatefulSet"];
const BUDGET = "policy/PodDisruptionBudget";

const budget = (spec: object) =>
  object("policy/v1", "PodDisruptionBudget", { spec: { selector: { matchLabels: { app: "web" } }, ...spec } });

const together = (...resources: object[]): Example => ({ resources });

export const budgetPresent = stackRule({
  id: "pdb-present",
  group: "workload",
  title: "PodDisruptionBudget present",
  severity: "medium",
  references: ["polaris missingPodDisruptionBudget", "kube-score deployment-has-poddisruptionbudget"],
  types: WORKLOADS,
  fix: "add a PodDisruptionBudget with maxUnavailable: 1 that selects its pods",
  docs: {
    why: "Draining a node evicts all pods on it. Without a budget two drained nodes take both replicas at once.",
    pass: together(deployment(), budget({ maxUnavailable: 1 })),
    fail: together(deployment()),
  },
  *check(stack) {
    const budgets = stack.all(BUDGET);
    for (const workload of stack.of(...WORKLOADS)) {
      const replicas = workload.spec.field("replicas");
      if ((replicas.number ?? 1) < 2) continue;
      if (budgets.some((each) => selects(each, workload))) continue;
      yield { at: replicas, message: "no PodDisruptionBudget selects its pods", missing: true };
    }
  },
});

export const budgetBlocks = stackRule({
  id: "pdb-blocks-drain",
  group: "workload",
  title: "PDB never blocks every drain",
  severity: "high",
  references: ["gatekeeper k8spoddisruptionbudget"],
  types: ["PodDisruptionBudget"],
  fix: "allow at least one pod to be unavailable, e.g. maxUnavailable: 1",
  docs: {
    why: "Upgrades of Talos and Cluster API drain each node first. A budget that allows no eviction blocks them until it is deleted.",
    pass: together(deployment(), budget({ maxUnavailable: 1 })),
    fail: together(deployment(), budget({ maxUnavailable: 0 })),
  },
  *check(stack) {
    const evaluated = stack.of(BUDGET);
    for (const each of evaluated) {
      const most = each.spec.field("maxUnavailable");
      if (most.present && share(most, 1) <= 0) yield { at: most, message: "no pod may ever be evicted" };
      const least = each.spec.field("minAvailable");
      if (!least.present) continue;
      const counts = replicasBehind(stack, each);
      if (isPercent(least) && share(least, 1) >= 1) yield { at: least, message: "no pod may ever be evicted" };
      else if (leavesNone(least, counts))
        yield { at: least, message: `${total(counts)} replicas: none may be unavailable`, unless: counts };
    }
    yield* underOthersBudgets(stack, evaluated);
  },
});

/** Workloads with no replica to spare under a budget of another stack, which is not evaluated here. */
function* underOthersBudgets(stack: Stack, evaluated: readonly Target[]): Generator<Violation> {
  const workloads = stack.of(...WORKLOADS);
  if (workloads.length === 0) return;
  for (const each of stack.all(BUDGET).filter((budget) => !evaluated.includes(budget))) {
    const least = each.spec.field("minAvailable");
    if (!least.present || !workloads.some((workload) => selects(each, workload))) continue;
    const counts = replicasBehind(stack, each);
    if (!leavesNone(least, counts)) continue;
    // those of the context are left out by who reports
    for (const at of counts) yield { at, message: "its PodDisruptionBudget allows no eviction", unless: counts };
  }
}

function total(counts: readonly View[]): number {
  return counts.reduce((sum, count) => sum + (count.number ?? 1), 0);
}

/** Whether so many must stay that none may go; shares are rounded up, as the disruption controller does. */
function leavesNone(least: View, counts: readonly View[]): boolean {
  const replicas = total(counts);
  return replicas > 0 && Math.ceil(share(least, replicas)) >= replicas;
}

function selects(budgetSubject: Target, workload: Target): boolean {
  if (budgetSubject.namespace.value !== workload.namespace.value) return false;
  const [pod] = podsOf(workload);
  if (pod === undefined) return false;
  return selectorMatches(budgetSubject.spec.field("selector"), pod.metadata.field("labels"));
}

/** Where the workloads a budget is for say how many replicas they have at least. */
function replicasBehind(stack: Stack, each: Target): View[] {
  return stack
    .all(...WORKLOADS)
    .filter((workload) => selects(each, workload))
    .map((workload) => fewestReplicas(stack, workload));
}

function isPercent(view: View): boolean {
  return view.text?.endsWith("%") ?? false;
}

/** A number of pods, or their share of `all`. */
function share(view: View, all: number): number {
  const { text, number } = view;
  if (number !== undefined) return number;
  if (text === undefined) return Number.NaN;
  return text.endsWith("%") ? (Number(text.slice(0, -1)) / 100) * all : Number(text);
}
