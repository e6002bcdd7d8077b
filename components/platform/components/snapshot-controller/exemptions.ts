import {
  type ChartExemption,
  IMAGE_BY_TAG,
  type ObjectExemption,
  replacedDefinitions,
} from "../../../kubernetes/exemptions";

/** Workloads that talk to the Kubernetes API. */
export const API_CLIENTS = ["snapshot-controller/snapshot-controller"];

/** What the objects of the chart need beyond the rules. */
export const CHART_EXEMPTIONS: readonly ChartExemption[] = [
  { object: { kind: "Deployment", name: "snapshot-controller" }, because: { ...IMAGE_BY_TAG } },
];

/** What its own objects need beyond the rules. */
export const EXEMPTIONS: readonly ObjectExemption[] = [
  replacedDefinitions("snapshot-controller/snapshot-controller", "*snapshot.storage.k8s.io"),
];
