import type { Problem } from "../core/problem";
import { kubeletMayLabel, labelKeyProblems, labelPrefix, labelProblems, labelValueProblems } from "../core/node-labels";
import type { Taint } from "./settings";

/** Domains whose labels Cluster API copies from machines to nodes, and that a kubelet may not give itself. */
const FROM_MACHINE = /^(.+\.)?(node-role\.kubernetes\.io|node-restriction\.kubernetes\.io|node\.cluster\.x-k8s\.io)$/;

/** Labels of a pool's nodes by who puts them there. */
export interface NodeLabels {
  /** In the machine's metadata: a change is copied to running nodes. */
  readonly machine: Record<string, string>;
  /** An argument of the kubelet: a change makes new machines. */
  readonly kubelet: Record<string, string>;
}

export function nodeLabels(labels: Readonly<Record<string, string>>): NodeLabels {
  const entries = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  const copied = ([key]: [string, string]) => isCopied(key);
  return {
    machine: Object.fromEntries(entries.filter(copied)),
    kubelet: Object.fromEntries(entries.filter((entry) => !copied(entry))),
  };
}

/** Labels that are malformed, or that neither Cluster API nor a kubelet may put on a node. */
export function poolLabelProblems(where: string, labels: Readonly<Record<string, string>>): Problem[] {
  const fix = "use a domain of your own or node-role.kubernetes.io";
  return labelProblems(where, labels, (key) => isCopied(key) || kubeletMayLabel(key), fix);
}

/** Taints that are malformed, or given twice: a node has one value for a key and an effect. */
export function taintProblems(where: string, taints: readonly Taint[]): Problem[] {
  return taints.flatMap(({ key, value, effect }, index) => {
    const at = `${where}.${index}`;
    const again = taints.slice(0, index).some((other) => other.key === key && other.effect === effect);
    const rule = "must be the only taint of its key and effect";
    return [
      ...labelKeyProblems(`${at}.key`, key),
      ...labelValueProblems(`${at}.value`, value ?? ""),
      ...(again ? [{ where: at, given: `${key}:${effect}`, rule, fix: "remove one of the two" }] : []),
    ];
  });
}

/** `a=1,b=2`, as the kubelet and the autoscaler read labels. */
export function pairs(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
}

/** As the autoscaler and kubectl write it: `key=value:Effect`. */
export function taintText({ key, value, effect }: Taint): string {
  return `${key}${value === undefined || value === "" ? "" : `=${value}`}:${effect}`;
}

function isCopied(key: string): boolean {
  return FROM_MACHINE.test(labelPrefix(key));
}
