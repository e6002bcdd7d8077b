import { type ChartExemption, IMAGE_BY_TAG } from "../../../kubernetes/exemptions";

/** Workloads that talk to the Kubernetes API. */
export const API_CLIENTS = ["metrics-server/metrics-server"];

/** What the objects of the chart need beyond the rules. */
export const CHART_EXEMPTIONS: readonly ChartExemption[] = [
  { object: { kind: "Deployment", name: "metrics-server" }, because: { ...IMAGE_BY_TAG } },
  {
    object: { kind: "RoleBinding", name: "metrics-server-auth-reader" },
    because: {
      "who may ask an aggregated API stands in a ConfigMap of kube-system, which this lets it read": [
        "namespace-system",
      ],
    },
  },
];
