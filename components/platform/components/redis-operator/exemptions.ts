import { type ChartExemption, IMAGE_BY_TAG } from "../../../kubernetes/exemptions";

/** Workloads that talk to the Kubernetes API. */
export const API_CLIENTS = ["redis-operator/redis-operator"];

/** What the objects of the chart need beyond the rules. */
export const CHART_EXEMPTIONS: readonly ChartExemption[] = [
  { object: { kind: "Deployment", name: "redis-operator" }, because: { ...IMAGE_BY_TAG } },
  {
    object: { kind: "ClusterRole", name: "redis-operator" },
    because: {
      "servers are in namespaces of their owners, which can be any: it makes their pods and points their Services to who leads":
        ["rbac-pods-create", "rbac-endpoints-edit"],
      "passwords of servers are Secrets there": ["rbac-secrets-read"],
    },
  },
];
