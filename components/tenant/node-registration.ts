import type { Problem } from "../core/problem";
import type { Taint } from "./settings";

const VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const PREFIX = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Domains whose labels Cluster API copies from machines to nodes, and that a kubelet may not give itself. */
const FROM_MACHINE = /^(.+\.)?(node-role\.kubernetes\.io|node-restriction\.kubernetes\.io|node\.cluster\.x-k8s\.io)$/;
/** Domains under kubernetes.io that a kubelet may use for its own node (NodeRestriction admission). */
const FROM_KUBELET = /^(.+\.)?(kubelet\.kubernetes\.io|node\.kubernetes\.io)$/;
const FROM_KUBELET_BY_NAME = new Set(["topology.kubernetes.io/zone", "topology.kubernetes.io/region"]);

/** Labels of a pool's nodes by who puts them there. */
export interface NodeLabels {
  /** In the machine's metadata: a change is copied to running nodes. */
  readonly machine: Record<string, string>;
  /** An argument of the kubelet: a change makes new machines. */
  readonly kubelet: Record<string, string>;
}

export function nodeLabels(labels: Readonly<Record<string, string>>): NodeLabels {
  const entries = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  const copied = ([key]: [string, string]) => FROM_MACHINE.test(prefixOf(key));
  return {
    machine: Object.fromEntries(entries.filter(copied)),
    kubelet: Object.fromEntries(entries.filter((entry) => !copied(entry))),
  };
}

/** Labels that are malformed, or that neither Cluster API nor a kubelet may put on a node. */
export function labelProblems(where: string, labels: Readonly<Record<string, string>>): Problem[] {
  return Object.entries(labels).flatMap(([key, value]) => {
    const at = `${where}.${key}`;
    const malformed = [...keyProblems(at, key), ...valueProblems(at, value)];
    if (malformed.length > 0) return malformed;
    const prefix = prefixOf(key);
    const reserved = /(^|\.)(kubernetes\.io|k8s\.io)$/.test(prefix);
    if (reserved && !FROM_MACHINE.test(prefix) && !FROM_KUBELET.test(prefix) && !FROM_KUBELET_BY_NAME.has(key)) {
      const rule = "kubelets are refused labels of this domain";
      return [{ where: at, given: key, rule, fix: "use a domain of your own or node-role.kubernetes.io" }];
    }
    return [];
  });
}

/** Taints that are malformed, or given twice: a node has one value for a key and an effect. */
export function taintProblems(where: string, taints: readonly Taint[]): Problem[] {
  return taints.flatMap(({ key, value, effect }, index) => {
    const at = `${where}.${index}`;
    const again = taints.slice(0, index).some((other) => other.key === key && other.effect === effect);
    const rule = "must be the only taint of its key and effect";
    return [
      ...keyProblems(`${at}.key`, key),
      ...valueProblems(`${at}.value`, value ?? ""),
      ...(again ? [{ where: at, given: `${key}:${effect}`, rule, fix: "remove one of the two" }] : []),
    ];
  });
}

/** As the autoscaler and kubectl write it: `key=value:Effect`. */
export function taintText({ key, value, effect }: Taint): string {
  return `${key}${value === undefined || value === "" ? "" : `=${value}`}:${effect}`;
}

function keyProblems(where: string, key: string): Problem[] {
  const wellFormed = NAME.test(key.slice(key.indexOf("/") + 1)) && (!key.includes("/") || PREFIX.test(prefixOf(key)));
  if (wellFormed) return [];
  return [{ where, given: key, rule: "must be a label key like team or example.com/team", fix: "correct it" }];
}

function valueProblems(where: string, value: string): Problem[] {
  if (VALUE.test(value)) return [];
  const rule = "must be a label value: at most 63 of A-Z, a-z, 0-9, -, _ and . between alphanumerics";
  return [{ where, given: value, rule, fix: "correct it" }];
}

function prefixOf(key: string): string {
  const slash = key.indexOf("/");
  return slash === -1 ? "" : key.slice(0, slash);
}
