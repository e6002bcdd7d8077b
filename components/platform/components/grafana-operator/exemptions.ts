import { type ChartExemption, IMAGE_BY_TAG } from "../../../kubernetes/exemptions";

/** Workloads that talk to the Kubernetes API. */
export const API_CLIENTS = ["grafana-operator/grafana-operator"];

/** What the objects of the chart need beyond the rules. */
export const CHART_EXEMPTIONS: readonly ChartExemption[] = [
  { object: { kind: "Deployment", name: "grafana-operator" }, because: { ...IMAGE_BY_TAG } },
  {
    object: { kind: "Role", name: "grafana-operator" },
    because: { "all kinds of its own API group, in its own namespace, by the chart": ["rbac-wildcard"] },
  },
];
