import { type ChartExemption, IMAGE_BY_TAG } from "../../../kubernetes/exemptions";

const IN_KUBE_SYSTEM = {
  "a tenant's cluster has its parts in kube-system, where their priority and their owner are looked for": [
    "namespace-system",
  ],
};

/** What the objects of the chart need beyond the rules. */
export const CHART_EXEMPTIONS: readonly ChartExemption[] = [
  {
    object: { kind: "Deployment", name: "kubelet-csr-approver" },
    because: {
      ...IN_KUBE_SYSTEM,
      ...IMAGE_BY_TAG,
      "it watches requests for certificates in the tenant": ["sa-token-automount"],
      "the chart has no setting for it, and no Service leads to it but for numbers": ["probe-readiness"],
    },
  },
  {
    object: { kind: "ClusterRole", name: "kubelet-csr-approver" },
    because: { "it is what approves certificates, of kubelets alone": ["rbac-csr-approve"] },
  },
  { object: { kind: "Service", name: "kubelet-csr-approver" }, because: { ...IN_KUBE_SYSTEM } },
  { object: { kind: "ServiceAccount", name: "kubelet-csr-approver" }, because: { ...IN_KUBE_SYSTEM } },
];
