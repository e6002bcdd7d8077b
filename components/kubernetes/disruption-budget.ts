import { kind, type Manifest } from "./manifest";

export interface DisruptionBudgetSpec {
  readonly maxUnavailable: number;
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
}

const PodDisruptionBudget = kind<Manifest<DisruptionBudgetSpec>>("policy/v1", "PodDisruptionBudget");

/** Of several copies, one at a time may be taken away by drains of nodes. */
export function disruptionBudget(name: string, namespace: string, matchLabels: Readonly<Record<string, string>>) {
  return PodDisruptionBudget({ metadata: { name, namespace }, spec: { maxUnavailable: 1, selector: { matchLabels } } });
}
