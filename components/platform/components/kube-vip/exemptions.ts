import { type ChartExemption, IMAGE_BY_TAG } from "../../../kubernetes/exemptions";

/** Workloads that talk to the Kubernetes API. */
export const API_CLIENTS = ["kube-vip/kube-vip", "kube-vip/kube-vip-cloud-provider"];

/** What the objects of the charts need beyond the rules. */
export const CHART_EXEMPTIONS: Readonly<Record<"agents" | "provider", readonly ChartExemption[]>> = {
  agents: [
    {
      object: { kind: "DaemonSet", name: "kube-vip" },
      because: {
        "it gives addresses to interfaces of its node and answers ARP for them": ["pss-host-namespaces"],
        "it sends ARP by raw sockets and changes interfaces, as root with NET_RAW and NET_ADMIN alone": [
          "pss-capabilities-baseline",
          "pss-capabilities-restricted",
          "pss-run-as-non-root",
        ],
        "no Service leads to it, and the chart has no probe": ["probe-readiness"],
        ...IMAGE_BY_TAG,
      },
    },
    {
      object: { kind: "ClusterRole", name: "kube-vip" },
      because: { "it follows the endpoints of Services that it holds addresses for": ["rbac-endpoints-edit"] },
    },
  ],
  provider: [
    {
      object: { kind: "Deployment", name: "kube-vip-cloud-provider" },
      because: {
        "no Service leads to it, and the chart has no probe and no setting for its files": [
          "probe-readiness",
          "rootfs-read-only",
        ],
        ...IMAGE_BY_TAG,
      },
    },
    {
      object: { kind: "ClusterRole", name: "kube-vip-cloud-provider" },
      because: {
        "rights of a cloud provider on leases, events and Services, by the chart": [
          "rbac-endpoints-edit",
          "rbac-wildcard",
        ],
      },
    },
  ],
};
