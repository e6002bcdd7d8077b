import { type ChartExemption, IMAGE_BY_TAG } from "../../../kubernetes/exemptions";

/** Workloads that talk to the Kubernetes API. */
export const API_CLIENTS = [
  "vertical-pod-autoscaler/vertical-pod-autoscaler-admission-controller",
  "vertical-pod-autoscaler/vertical-pod-autoscaler-recommender",
  "vertical-pod-autoscaler/vertical-pod-autoscaler-updater",
];

/** What the objects of the chart need beyond the rules. */
export const CHART_EXEMPTIONS: readonly ChartExemption[] = [
  {
    object: { kind: "Deployment", name: "vertical-pod-autoscaler-admission-controller" },
    because: { ...IMAGE_BY_TAG },
  },
  { object: { kind: "Deployment", name: "vertical-pod-autoscaler-recommender" }, because: { ...IMAGE_BY_TAG } },
  { object: { kind: "Deployment", name: "vertical-pod-autoscaler-updater" }, because: { ...IMAGE_BY_TAG } },
  {
    object: { kind: "ClusterRole", name: "vertical-pod-autoscaler-admission-controller" },
    because: {
      "it registers its own webhook": ["rbac-webhooks"],
      "what it recommends for is any kind that has a scale": ["rbac-wildcard"],
    },
  },
  {
    object: { kind: "ClusterRole", name: "vertical-pod-autoscaler-recommender" },
    because: {
      "what it recommends for is any kind that has a scale": ["rbac-wildcard"],
    },
  },
  {
    object: { kind: "ClusterRole", name: "vertical-pod-autoscaler-updater" },
    because: {
      "what it recommends for is any kind that has a scale": ["rbac-wildcard"],
    },
  },
];
