import { type ChartExemption, IMAGE_BY_TAG, type ObjectExemption } from "../../../kubernetes/exemptions";

/** Workloads that talk to the Kubernetes API. */
export const API_CLIENTS = ["piraeus-datastore/piraeus-controller-manager"];

/** What the objects of the chart need beyond the rules. */
export const CHART_EXEMPTIONS: readonly ChartExemption[] = [
  { object: { kind: "Deployment", name: "piraeus-controller-manager" }, because: { ...IMAGE_BY_TAG } },
  {
    object: { kind: "ClusterRole", name: "piraeus-controller-manager" },
    because: {
      "it makes LINSTOR with the roles of its parts, and can give only what it has itself": [
        "rbac-escalate",
        "rbac-wildcard",
        "rbac-pods-create",
      ],
      "the CSI driver that it makes reads Secrets that StorageClasses name, and makes volumes": [
        "rbac-secrets-read",
        "rbac-pv-create",
      ],
    },
  },
  {
    object: { kind: "ValidatingWebhookConfiguration", name: "piraeus-validating-webhook-configuration" },
    because: {
      "it is asked about LINSTOR's own kinds and about StorageClasses, never about what kube-system runs": [
        "webhook-fail-closed",
      ],
    },
  },
];

/** What its own objects need beyond the rules. */
export const EXEMPTIONS: readonly ObjectExemption[] = [
  {
    rule: "sc-reclaim",
    selector: { kind: "StorageClass", name: "replicated", path: "volumeBindingMode" },
    reason: "copies are usable from every machine, and imports of disks would wait for a consumer that never comes",
  },
];
