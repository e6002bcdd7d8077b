import type { CrdSource } from "./crd-sources";

/*
 * What the sandbox has in place of a component whose pods do not really run there. Data beside the component, so that
 * the sandbox itself knows none; the published program does not read it.
 */

export interface ComponentSandbox {
  /** Where the CRDs come from that the sandbox's API server serves for it. */
  readonly crds?: readonly CrdSource[];
  /** What its controllers report. */
  readonly fakes?: readonly FakeKind[];
  /** Providers that its fake of Cluster API's operator can install. */
  readonly providers?: readonly FakeProvider[];
}

/** An object of this kind gets this status as soon as it exists: its controller does nothing but say that all is well. */
export interface FakeKind {
  /** `example.com/v1` */
  readonly apiVersion: string;
  readonly kind: string;
  /** Component of the CRD bundle whose CRDs the controller installs first. */
  readonly installs?: string;
  /** Fields that the object has until then, by their path in dots. */
  readonly meanwhile?: Readonly<Record<string, string>>;
  readonly conditions?: readonly FakeCondition[];
  /** Further fields of the object, by their path in dots: `status.phase`. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Where the generation that was seen is written. Default: nowhere. */
  readonly observedGeneration?: "status" | "conditions";
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

/** A provider of Cluster API, as the fake of the operator installs it. */
export interface FakeProvider {
  /** Kind and name of the operator's object. */
  readonly kind: string;
  readonly name: string;
  /** Component of the CRD bundle that holds its CRDs and webhooks. */
  readonly bundle: string;
  /** The one that can be installed, with its v. */
  readonly version: string;
  /** Contract of its metadata. */
  readonly contract: string;
  /** What upstream's kustomization puts before the names of its objects. */
  readonly prefix: string;
  /** Value of label cluster.x-k8s.io/provider on its objects. */
  readonly label: string;
  /** Tool of the toolchain that is its manager. Left out where a fake takes its place. */
  readonly tool?: string;
  /** Feature gates of upstream's manifest. */
  readonly gates?: Readonly<Record<string, boolean>>;
}

/** Template expression for a value of a stub chart, or 1. Maps on the way may be missing: it has no values of its own. */
export function chartValue(path: string): string {
  const keys = path.split(".");
  const map = keys.slice(0, -1).reduce((inner, key) => `(${inner}.${key} | default dict)`, ".Values");
  return `{{ ${map}.${keys.at(-1)} | default 1 }}`;
}
