/*
 * What the sandbox has in place of a component whose pods do not really run there. Data beside the component, so that
 * the sandbox itself knows none; the published program does not read it.
 */

/** An object of this kind gets this status as soon as it exists: its controller does nothing but say that all is well. */
export interface FakeKind {
  /** `cert-manager.io/v1` */
  readonly apiVersion: string;
  readonly kind: string;
  readonly conditions?: readonly FakeCondition[];
  /** Further fields of the object, by their path in dots: `status.phase`. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

export interface FakeCondition {
  readonly type: string;
  /** Default: True. */
  readonly status?: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message?: string;
}

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
  readonly nodeSelector?: Readonly<Record<string, string>>;
}
