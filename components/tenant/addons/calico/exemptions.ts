import { type ChartExemption, IMAGE_BY_TAG } from "../../../kubernetes/exemptions";

const CONFINEMENT = {
  "the chart has no setting for it": [
    "pss-privilege-escalation",
    "pss-capabilities-restricted",
    "pss-run-as-non-root",
    "pss-seccomp-restricted",
    "rootfs-read-only",
  ],
};
const NO_NETWORK_YET = {
  "it makes the network for pods and takes it down, so it cannot wait for one": ["pss-host-namespaces"],
};

/** What the objects of the chart need beyond the rules. */
export const CHART_EXEMPTIONS: readonly ChartExemption[] = [
  {
    object: { kind: "Deployment", name: "tigera-operator" },
    because: {
      ...NO_NETWORK_YET,
      ...CONFINEMENT,
      "it reads on its node whether another Calico runs there": ["pss-host-path", "pss-volume-types"],
      "no Service leads to it, and the chart has no setting for it": ["probe-readiness"],
      ...IMAGE_BY_TAG,
      "it watches the API of the tenant": ["sa-token-automount"],
    },
  },
  {
    object: { kind: "Job", name: "tigera-operator-uninstall" },
    because: {
      ...NO_NETWORK_YET,
      ...CONFINEMENT,
      "it is upstream's own hook, for which the chart has no settings": ["resources-requests", "resources-limits"],
      ...IMAGE_BY_TAG,
      "it removes the network through the API of the tenant": ["sa-token-automount"],
    },
  },
  {
    object: { kind: "ClusterRole", name: "tigera-operator" },
    because: {
      "it is the tenant's own cluster, and the operator makes accounts, roles and admission of the network it installs":
        ["rbac-endpoints-edit", "rbac-escalate", "rbac-pods-create", "rbac-secrets-read", "rbac-webhooks"],
    },
  },
];
