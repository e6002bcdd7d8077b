import { type ChartExemption, MANIFEST_BY_TAG } from "../../../kubernetes/exemptions";

/** Workloads that talk to the Kubernetes API. */
export const API_CLIENTS = ["kubevirt/virt-operator"];

/** What the objects of the chart need beyond the rules. */
export const CHART_EXEMPTIONS: readonly ChartExemption[] = [
  {
    object: { kind: "Deployment", name: "virt-operator" },
    because: { "upstream's manifest says nothing of it": ["rootfs-read-only"], ...MANIFEST_BY_TAG },
  },
  {
    object: { kind: "ClusterRole", name: "kubevirt-operator" },
    because: {
      "it makes KubeVirt with the roles of its parts, and can give only what it has itself": [
        "rbac-escalate",
        "rbac-wildcard",
      ],
      "its parts run machines in pods, of which operators of clusters watch the Services": [
        "rbac-pods-create",
        "rbac-endpoints-edit",
      ],
      "upstream's role has it, and who makes the pods of all virtual machines can be in them anyhow": [
        "rbac-pods-exec",
      ],
      "it keeps webhooks of KubeVirt's own kinds": ["rbac-webhooks"],
    },
  },
];
