import {
  type ChartExemption,
  MANIFEST_BY_TAG,
  type ObjectExemption,
  hostNetworkOnly,
} from "../../../kubernetes/exemptions";

/** Workloads that talk to the Kubernetes API. */
export const API_CLIENTS = ["multus/kube-multus-ds"];

/** What the objects of the chart need beyond the rules. */
export const CHART_EXEMPTIONS: readonly ChartExemption[] = [
  {
    object: { kind: "DaemonSet", name: "kube-multus-ds" },
    because: {
      "it enters the network namespaces of the processes on its node": ["pss-host-namespaces"],
      "it attaches interfaces to running pods, on behalf of the kubelet": [
        "pss-privileged",
        "pss-capabilities-restricted",
        "pss-privilege-escalation",
        "pss-run-as-non-root",
        "pss-seccomp-restricted",
      ],
      "it runs the CNI programs of the node as if it were the node: its whole file system is their world": [
        "pss-host-path",
        "pss-volume-types",
        "host-path-writable",
        "host-runtime-socket",
      ],
      "upstream's manifest says nothing of them: it writes its configuration, and is ready when its socket is there": [
        "rootfs-read-only",
        "probe-readiness",
      ],
      ...MANIFEST_BY_TAG,
    },
  },
  {
    object: { kind: "ClusterRole", name: "multus" },
    because: { "rights on the kinds of its own API group, by upstream's manifest": ["rbac-wildcard"] },
  },
];

/** What its own objects need beyond the rules. */
export const EXEMPTIONS: readonly ObjectExemption[] = [hostNetworkOnly("multus")];
