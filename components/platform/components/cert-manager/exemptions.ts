import { type ChartExemption, IMAGE_BY_TAG, OWN_KINDS_ONLY } from "../../../kubernetes/exemptions";

const NO_SERVICE = { "no Service leads to it: only one of its copies works at a time": ["probe-readiness"] };
const KEYS_ARE_SECRETS = {
  "keys of issuers and certificates are Secrets in the namespaces of their owners, which can be any": [
    "rbac-secrets-read",
  ],
};

/** Workloads that talk to the Kubernetes API. */
export const API_CLIENTS = [
  "cert-manager/cert-manager",
  "cert-manager/cert-manager-cainjector",
  "cert-manager/cert-manager-startupapicheck",
  "cert-manager/cert-manager-webhook",
];

/** What the objects of the chart need beyond the rules. */
export const CHART_EXEMPTIONS: readonly ChartExemption[] = [
  { object: { kind: "Deployment", name: "cert-manager" }, because: { ...NO_SERVICE, ...IMAGE_BY_TAG } },
  { object: { kind: "Deployment", name: "cert-manager-cainjector" }, because: { ...NO_SERVICE, ...IMAGE_BY_TAG } },
  { object: { kind: "Deployment", name: "cert-manager-webhook" }, because: { ...IMAGE_BY_TAG } },
  { object: { kind: "Job", name: "cert-manager-startupapicheck" }, because: { ...IMAGE_BY_TAG } },
  {
    object: { kind: "ClusterRole", name: "cert-manager-cainjector" },
    because: {
      "it copies authorities out of Secrets of any namespace into webhook configurations": [
        "rbac-secrets-read",
        "rbac-webhooks",
      ],
    },
  },
  { object: { kind: "ClusterRole", name: "cert-manager-controller-issuers" }, because: { ...KEYS_ARE_SECRETS } },
  { object: { kind: "ClusterRole", name: "cert-manager-controller-clusterissuers" }, because: { ...KEYS_ARE_SECRETS } },
  { object: { kind: "ClusterRole", name: "cert-manager-controller-certificates" }, because: { ...KEYS_ARE_SECRETS } },
  { object: { kind: "ClusterRole", name: "cert-manager-controller-orders" }, because: { ...KEYS_ARE_SECRETS } },
  {
    object: { kind: "ClusterRole", name: "cert-manager-controller-challenges" },
    because: {
      ...KEYS_ARE_SECRETS,
      "it answers HTTP challenges by pods beside the Ingress that asks for them": ["rbac-pods-create"],
    },
  },
  {
    object: { kind: "ClusterRole", name: "cert-manager-controller-certificatesigningrequests" },
    because: { "it signs for its own signers only, which the role names": ["rbac-csr-approve"] },
  },
  { object: { kind: "MutatingWebhookConfiguration", name: "cert-manager-webhook" }, because: { ...OWN_KINDS_ONLY } },
  { object: { kind: "ValidatingWebhookConfiguration", name: "cert-manager-webhook" }, because: { ...OWN_KINDS_ONLY } },
];
