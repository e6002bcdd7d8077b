import { type ChartExemption, IMAGE_BY_TAG, OWN_KINDS_ONLY } from "../../../kubernetes/exemptions";

/** Workloads that talk to the Kubernetes API. */
export const API_CLIENTS = ["victoria-metrics/victoria-metrics-operator"];

const NAME = "victoria-metrics-operator";

/** What the objects of the chart need beyond the rules. */
export const CHART_EXEMPTIONS: readonly ChartExemption[] = [
  { object: { kind: "Deployment", name: NAME }, because: { ...IMAGE_BY_TAG } },
  {
    object: { kind: "ClusterRole", name: NAME },
    because: {
      "stores and agents are in namespaces of their owners, which can be any: it makes their pods and Services": [
        "rbac-pods-create",
        "rbac-endpoints-edit",
      ],
      "passwords for what agents ask and where they write are Secrets there": ["rbac-secrets-read"],
      "it grants agents the right to ask kubelets, which it cannot where it sees its own namespace alone": [
        "rbac-escalate",
      ],
      "all verbs on what it makes and on the kinds of its own API group, by the chart": ["rbac-wildcard"],
    },
  },
  { object: { kind: "ValidatingWebhookConfiguration", name: `${NAME}-admission` }, because: { ...OWN_KINDS_ONLY } },
];
