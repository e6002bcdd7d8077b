import {
  type ChartExemption,
  IMAGE_BY_TAG,
  OWN_KINDS_ONLY,
  type ObjectExemption,
  replacedDefinitions,
} from "../../../kubernetes/exemptions";

/** Workloads that talk to the Kubernetes API. */
export const API_CLIENTS = ["metallb-system/metallb-controller", "metallb-system/metallb-speaker"];

/** What the objects of the chart need beyond the rules. */
export const CHART_EXEMPTIONS: readonly ChartExemption[] = [
  {
    object: { kind: "DaemonSet", name: "metallb-speaker" },
    because: {
      "it answers for addresses on the network of its node": ["pss-host-namespaces", "pss-host-probes"],
      "it sends and receives ARP by raw sockets, as root with NET_RAW alone": [
        "pss-capabilities-baseline",
        "pss-capabilities-restricted",
        "pss-run-as-non-root",
      ],
      ...IMAGE_BY_TAG,
    },
  },
  { object: { kind: "Deployment", name: "metallb-controller" }, because: { ...IMAGE_BY_TAG } },
  {
    object: { kind: "ClusterRole", name: "metallb:controller" },
    because: {
      "it writes its own authority into its own webhook configuration, which the role names": ["rbac-webhooks"],
    },
  },
  {
    object: { kind: "ClusterRole", name: "metallb:speaker" },
    because: { "all verbs on the states of its own API group, by the chart": ["rbac-wildcard"] },
  },
  {
    object: { kind: "Role", name: "metallb-pod-lister" },
    because: { "all verbs on the states of its own API group, in its own namespace, by the chart": ["rbac-wildcard"] },
  },
  {
    object: { kind: "ValidatingWebhookConfiguration", name: "metallb-webhook-configuration" },
    because: { ...OWN_KINDS_ONLY },
  },
];

/** What its own objects need beyond the rules. */
export const EXEMPTIONS: readonly ObjectExemption[] = [replacedDefinitions("metallb-system/metallb", "*metallb.io")];
