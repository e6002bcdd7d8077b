import type { Problem } from "./problem";

const VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const PREFIX = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Domains under kubernetes.io that a kubelet may use for its own node (NodeRestriction admission). */
const OF_KUBELET = /^(.+\.)?(kubelet\.kubernetes\.io|node\.kubernetes\.io)$/;
const OF_KUBELET_BY_NAME = new Set(["topology.kubernetes.io/zone", "topology.kubernetes.io/region"]);

/**
 * Whether a kubelet may put a label on its own node. The API server refuses the whole update of a kubelet that sets
 * another, and with it all its other labels.
 */
export function kubeletMayLabel(key: string): boolean {
  const prefix = labelPrefix(key);
  const reserved = /(^|\.)(kubernetes\.io|k8s\.io)$/.test(prefix);
  return !reserved || OF_KUBELET.test(prefix) || OF_KUBELET_BY_NAME.has(key);
}

/** Labels that are malformed or that `allowed` refuses. */
export function labelProblems(
  where: string,
  labels: Readonly<Record<string, string>>,
  allowed: (key: string) => boolean,
  fix: string,
): Problem[] {
  return Object.entries(labels).flatMap(([key, value]) => {
    const at = `${where}.${key}`;
    const malformed = [...labelKeyProblems(at, key), ...labelValueProblems(at, value)];
    if (malformed.length > 0 || allowed(key)) return malformed;
    return [{ where: at, given: key, rule: "kubelets are refused labels of this domain", fix }];
  });
}

export function labelKeyProblems(where: string, key: string): Problem[] {
  const name = key.slice(key.indexOf("/") + 1);
  const prefix = labelPrefix(key);
  const wellFormed = NAME.test(name) && (!key.includes("/") || (PREFIX.test(prefix) && prefix.length <= 253));
  if (wellFormed) return [];
  return [{ where, given: key, rule: "must be a label key like team or example.com/team", fix: "correct it" }];
}

export function labelValueProblems(where: string, value: string): Problem[] {
  if (VALUE.test(value)) return [];
  const rule = "must be a label value: at most 63 of A-Z, a-z, 0-9, -, _ and . between alphanumerics";
  return [{ where, given: value, rule, fix: "correct it" }];
}

/** The domain of a label's key; empty where it has none. */
export function labelPrefix(key: string): string {
  const slash = key.indexOf("/");
  return slash === -1 ? "" : key.slice(0, slash);
}
