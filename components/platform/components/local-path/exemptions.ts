import { type ChartExemption, IMAGE_BY_TAG } from "../../../kubernetes/exemptions";

/** Workloads that talk to the Kubernetes API. */
export const API_CLIENTS = ["local-path-storage/local-path-provisioner"];

/** What the objects of the chart need beyond the rules. */
export const CHART_EXEMPTIONS: readonly ChartExemption[] = [
  {
    object: { kind: "Deployment", name: "local-path-provisioner" },
    because: {
      "it serves nothing that could become ready: it watches claims": ["probe-readiness"],
      ...IMAGE_BY_TAG,
    },
  },
  {
    object: { kind: "ClusterRole", name: "local-path-provisioner" },
    because: { "it is the provisioner of a storage class": ["rbac-pv-create"] },
  },
];
