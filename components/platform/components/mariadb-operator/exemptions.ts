import {
  type ChartExemption,
  IMAGE_BY_TAG,
  type ObjectExemption,
  OWN_KINDS_ONLY,
  replacedDefinitions,
} from "../../../kubernetes/exemptions";

/** Workloads that talk to the Kubernetes API. */
export const API_CLIENTS = ["mariadb-operator/mariadb-operator", "mariadb-operator/mariadb-operator-webhook"];

/** What the objects of the chart need beyond the rules. */
export const CHART_EXEMPTIONS: readonly ChartExemption[] = [
  {
    object: { kind: "Deployment", name: "mariadb-operator" },
    because: {
      "no Service leads to it: only one of its copies works at a time": ["probe-readiness"],
      ...IMAGE_BY_TAG,
    },
  },
  { object: { kind: "Deployment", name: "mariadb-operator-webhook" }, because: { ...IMAGE_BY_TAG } },
  {
    object: { kind: "ClusterRole", name: "mariadb-operator" },
    because: {
      "servers are in namespaces of their owners, which can be any: it makes their pods and points their Services to who leads":
        ["rbac-pods-create", "rbac-endpoints-edit"],
      "passwords and certificates of servers are Secrets there": ["rbac-secrets-read"],
      "members of a cluster find each other with an account that it grants": ["rbac-escalate"],
    },
  },
  ...["mariadb-operator-edit", "mariadb-operator-view"].map((name) => ({
    object: { kind: "ClusterRole", name },
    because: { "all kinds of its own API group, for whom a site binds it to, by the chart": ["rbac-wildcard"] },
  })),
  {
    object: { kind: "ValidatingWebhookConfiguration", name: "mariadb-operator-webhook" },
    because: { ...OWN_KINDS_ONLY },
  },
];

/** What its own objects need beyond the rules. */
export const EXEMPTIONS: readonly ObjectExemption[] = [
  replacedDefinitions("mariadb-operator/mariadb-operator", "*mariadb.com"),
];
