import { type ChartExemption, IMAGE_BY_TAG } from "../../../kubernetes/exemptions";

/** Workloads that talk to the Kubernetes API. */
export const API_CLIENTS = ["flux-system/flux-operator"];

/** What the objects of the chart need beyond the rules. */
export const CHART_EXEMPTIONS: readonly ChartExemption[] = [
  { object: { kind: "Deployment", name: "flux-operator" }, because: { ...IMAGE_BY_TAG } },
  {
    object: { kind: "ClusterRoleBinding", name: "flux-operator" },
    because: {
      "it installs controllers that apply whatever a site brings; what customers bring is applied with accounts of their own":
        ["rbac-cluster-admin"],
    },
  },
];
