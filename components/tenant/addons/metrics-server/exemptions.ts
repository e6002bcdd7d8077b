import { type ChartExemption, IMAGE_BY_TAG } from "../../../kubernetes/exemptions";

const IN_KUBE_SYSTEM = {
  "a tenant's cluster has its parts in kube-system, where their priority and their owner are looked for": [
    "namespace-system",
  ],
};

/** What the objects of the chart need beyond the rules. */
export const CHART_EXEMPTIONS: readonly ChartExemption[] = [
  {
    object: { kind: "Deployment", name: "metrics-server" },
    because: {
      ...IN_KUBE_SYSTEM,
      ...IMAGE_BY_TAG,
      "it watches nodes and pods of the tenant": ["sa-token-automount"],
    },
  },
  { object: { kind: "PodDisruptionBudget", name: "metrics-server" }, because: { ...IN_KUBE_SYSTEM } },
  { object: { kind: "Secret", name: "metrics-server" }, because: { ...IN_KUBE_SYSTEM } },
  { object: { kind: "Service", name: "metrics-server" }, because: { ...IN_KUBE_SYSTEM } },
  { object: { kind: "ServiceAccount", name: "metrics-server" }, because: { ...IN_KUBE_SYSTEM } },
  { object: { kind: "RoleBinding", name: "metrics-server-auth-reader" }, because: { ...IN_KUBE_SYSTEM } },
];
