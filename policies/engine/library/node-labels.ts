import { kubeletMayLabel } from "../../../components/core/node-labels";

/** Labels under kubernetes.io that a kubelet reports of its own node, and may (admission plugin NodeRestriction). */
const REPORTED: ReadonlySet<string> = new Set([
  "kubernetes.io/hostname",
  "kubernetes.io/os",
  "kubernetes.io/arch",
  "beta.kubernetes.io/os",
  "beta.kubernetes.io/arch",
  "beta.kubernetes.io/instance-type",
  "failure-domain.beta.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region",
]);

/** Whether the API server takes a label of a node from its kubelet. */
export function isKubeletsLabel(name: string): boolean {
  return kubeletMayLabel(name) || REPORTED.has(name);
}
