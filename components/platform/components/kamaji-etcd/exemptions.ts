import { type ChartExemption, IMAGE_BY_TAG } from "../../../kubernetes/exemptions";

/** Workloads that talk to the Kubernetes API. */
export const API_CLIENTS = ["kamaji-system/kamaji-etcd-etcd-setup-2"];

/** What the objects of the chart need beyond the rules. */
export const CHART_EXEMPTIONS: readonly ChartExemption[] = [
  {
    object: { kind: "StatefulSet", name: "tenants" },
    because: {
      "the image runs as root, with no capability: the files on its volumes belong to root": ["pss-run-as-non-root"],
      "members find each other by names that are published only of those that are up, and /livez restarts what hangs": [
        "probe-readiness",
      ],
      "the chart gives etcd the account that all pods of the namespace have, which has no rights": [
        "sa-default",
        "sa-token-automount",
      ],
      ...IMAGE_BY_TAG,
    },
  },
  {
    object: { kind: "Job", name: "kamaji-etcd-etcd-setup-2" },
    because: {
      "it runs once, when etcd is new, and the chart has no settings for it": [
        "pss-capabilities-restricted",
        "pss-privilege-escalation",
        "pss-run-as-non-root",
        "pss-seccomp-restricted",
        "rootfs-read-only",
        "resources-requests",
        "resources-limits",
      ],
      ...IMAGE_BY_TAG,
    },
  },
];
