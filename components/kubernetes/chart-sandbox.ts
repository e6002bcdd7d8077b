/*
 * What the sandbox installs in place of charts, beside the component or the add-on that has them. The published program
 * does not read it.
 */

/**
 * What the sandbox installs in place of a chart: the real CRDs where the real chart has them, and its workloads by their
 * real names and labels, with containers that do nothing.
 */
export interface ChartSandbox {
  /** Component of the CRD bundle, and where the real chart keeps its CRDs. */
  readonly crds?: { readonly component: string; readonly place: CrdPlace; readonly when?: string };
  readonly workloads: readonly StubWorkload[];
  /** Further objects: those that other parts of the platform name. */
  readonly objects?: readonly object[];
}

/**
 * `crds`: Helm installs them first and never removes or upgrades them. `templates`: as any other object, gone with the
 * release. `kept`: as templates, but left in the cluster.
 */
export type CrdPlace = "crds" | "templates" | "kept";

/** A taint that pods of a stub chart tolerate. */
export interface Toleration {
  readonly operator: "Exists";
  /** Default: every taint. */
  readonly key?: string;
  readonly effect?: "NoSchedule" | "NoExecute";
}

export interface StubWorkload {
  readonly kind: "Deployment" | "DaemonSet" | "StatefulSet";
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Template expression for the number of copies. Default 1. */
  readonly replicas?: string;
  /** Whether the chart has a PodDisruptionBudget for its copies, as the real one does with the platform's values. */
  readonly budget?: true;
  /** Template condition under which it is there at all. */
  readonly when?: string;
  /** Runs in the host's network, on nodes that are not ready yet. */
  readonly host?: true;
  /** What the real chart's pods tolerate. Default: everything for a DaemonSet of the host's network, else nothing. */
  readonly tolerations?: readonly Toleration[];
  readonly nodeSelector?: Readonly<Record<string, string>>;
}

/** Template expression for a value of a stub chart, or 1. Maps on the way may be missing: it has no values of its own. */
export function chartValue(path: string): string {
  const keys = path.split(".");
  const map = keys.slice(0, -1).reduce((inner, key) => `(${inner}.${key} | default dict)`, ".Values");
  return `{{ ${map}.${keys.at(-1)} | default 1 }}`;
}
