import { type ChartExemption, IMAGE_BY_TAG, OWN_KINDS_ONLY } from "../../../kubernetes/exemptions";

/** Workloads that talk to the Kubernetes API. */
export const API_CLIENTS = ["kamaji-system/kamaji"];

/** What the objects of the chart need beyond the rules. */
export const CHART_EXEMPTIONS: readonly ChartExemption[] = [
  { object: { kind: "Deployment", name: "kamaji" }, because: { ...IMAGE_BY_TAG } },
  {
    object: { kind: "ClusterRole", name: "kamaji-manager-role" },
    because: {
      "certificates and kubeconfigs of control planes are Secrets in the namespaces of their tenants": [
        "rbac-secrets-read",
      ],
      "control planes of tenants are pods that it makes": ["rbac-pods-create"],
    },
  },
  {
    object: { kind: "MutatingWebhookConfiguration", name: "kamaji-mutating-webhook-configuration" },
    because: { ...OWN_KINDS_ONLY },
  },
  {
    object: { kind: "ValidatingWebhookConfiguration", name: "kamaji-validating-webhook-configuration" },
    because: {
      "asked about its own kinds, and about Secrets of data stores it may be absent, or no Secret could be written": [
        "webhook-fail-closed",
      ],
    },
  },
];
