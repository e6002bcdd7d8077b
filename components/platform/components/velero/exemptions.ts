import { type ChartExemption, IMAGE_BY_TAG } from "../../../kubernetes/exemptions";

/** Workloads that talk to the Kubernetes API, and the account of both. */
export const API_CLIENTS = ["velero/velero", "velero/node-agent", "velero/velero-server"];

const RESTORES =
  "it restores whatever there was, in any namespace: whoever can make a backup object can do what it can";

/** What the objects of the chart need beyond the rules. */
export const CHART_EXEMPTIONS: readonly ChartExemption[] = [
  { object: { kind: "Deployment", name: "velero" }, because: { ...IMAGE_BY_TAG } },
  {
    object: { kind: "DaemonSet", name: "node-agent" },
    because: {
      "it starts pods that read volumes as their owners, root among them; none of its own capabilities": [
        "pss-run-as-non-root",
        "pss-run-as-user",
      ],
      "no Service leads to it, and it writes caches beside its volumes": ["probe-readiness", "rootfs-read-only"],
      ...IMAGE_BY_TAG,
    },
  },
  { object: { kind: "ClusterRoleBinding", name: "velero-server" }, because: { [RESTORES]: ["rbac-cluster-admin"] } },
  {
    object: { kind: "Role", name: "velero-server" },
    because: {
      "all rights in its own namespace, by the chart, where the account has those of the whole cluster": [
        "rbac-escalate",
        "rbac-nodes-proxy",
        "rbac-pods-exec",
        "rbac-sa-token-create",
        "rbac-wildcard",
      ],
    },
  },
];
