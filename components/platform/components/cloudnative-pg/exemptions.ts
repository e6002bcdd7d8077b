import { type ChartExemption, IMAGE_BY_TAG, OWN_KINDS_ONLY } from "../../../kubernetes/exemptions";

/** Workloads that talk to the Kubernetes API. */
export const API_CLIENTS = ["cloudnative-pg/cloudnative-pg"];

/** What the objects of the chart need beyond the rules. */
export const CHART_EXEMPTIONS: readonly ChartExemption[] = [
  { object: { kind: "Deployment", name: "cloudnative-pg" }, because: { ...IMAGE_BY_TAG } },
  {
    object: { kind: "ClusterRole", name: "cloudnative-pg" },
    because: {
      "clusters are in namespaces of their owners, which can be any: it makes their pods, and runs the databases' own tools in them":
        ["rbac-pods-create", "rbac-pods-exec"],
      "passwords and certificates of databases are Secrets there": ["rbac-secrets-read"],
      "each cluster's pods have an account that may do what the operator grants it": ["rbac-escalate"],
      "it writes its own authority into its own webhook configurations": ["rbac-webhooks"],
    },
  },
  {
    object: { kind: "MutatingWebhookConfiguration", name: "cnpg-mutating-webhook-configuration" },
    because: { ...OWN_KINDS_ONLY },
  },
  {
    object: { kind: "ValidatingWebhookConfiguration", name: "cnpg-validating-webhook-configuration" },
    because: { ...OWN_KINDS_ONLY },
  },
];
