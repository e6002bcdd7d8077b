import type { CrdSource, Simulated } from "./crd-sources";

export type { ChartSandbox, CrdPlace, StubWorkload, Toleration } from "../kubernetes/chart-sandbox";
export { chartValue } from "../kubernetes/chart-sandbox";

/*
 * What the sandbox has in place of a component whose pods do not really run there. Data beside the component, so that
 * the sandbox itself knows none; the published program does not read it.
 */

export interface ComponentSandbox {
  /**
   * Whether its CRDs are collected and its charts are there only for a cloud whose platform switches it on: what is off
   * by default costs other clouds nothing. Default: false.
   */
  readonly onRequest?: true;
  /** What of it is not there at all, where nothing else says so: said by `npm start`. */
  readonly missing?: Simulated;
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
