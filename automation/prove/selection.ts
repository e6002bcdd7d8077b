import type { LabelSelector } from "../../components/kubernetes/network-policy";
import type { Question } from "./questions";
import type { ProofPod, ProofPolicy } from "./world";

/** Whether a selector of the program's own policies selects a pod. */
export function selects({ matchLabels = {}, matchExpressions = [] }: LabelSelector, { labels }: ProofPod): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key }) => Object.hasOwn(labels, key))
  );
}

/**
 * Policies that refuse a packet which none allows: those of that direction that select the pod and allow nothing at all
 * or, where there are none, all that select it, since any policy of a direction refuses what no other allows.
 */
export function refusing(
  policies: readonly ProofPolicy[],
  { from, to }: Question,
  direction: "egress" | "ingress",
): string[] {
  const pod = direction === "egress" ? from : "pod" in to ? to.pod : undefined;
  if (pod === undefined) return [];
  const type = direction === "egress" ? "Egress" : "Ingress";
  const concerned = policies.filter(
    ({ namespace, spec }) =>
      namespace === pod.namespace && spec.policyTypes.includes(type) && selects(spec.podSelector, pod),
  );
  const closed = concerned.filter(({ spec }) => (spec[direction] ?? []).length === 0);
  return (closed.length > 0 ? closed : concerned).map(({ namespace, name }) => `${namespace}/${name}`);
}
