import {
  type ChartExemption,
  IMAGE_BY_TAG,
  type ObjectExemption,
  replacedDefinitions,
} from "../../../kubernetes/exemptions";

/** Workloads that talk to the Kubernetes API. */
export const API_CLIENTS = ["capi-operator-system/cluster-api-operator"];

/** What the objects of the chart need beyond the rules. */
export const CHART_EXEMPTIONS: readonly ChartExemption[] = [
  { object: { kind: "Deployment", name: "cluster-api-operator" }, because: { ...IMAGE_BY_TAG } },
];

/** What its own objects need beyond the rules. */
export const EXEMPTIONS: readonly ObjectExemption[] = [
  replacedDefinitions("capi-operator-system/cluster-api-operator", "*operator.cluster.x-k8s.io"),
];
