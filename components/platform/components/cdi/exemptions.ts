import { type ChartExemption, MANIFEST_BY_TAG } from "../../../kubernetes/exemptions";

/** Workloads that talk to the Kubernetes API. */
export const API_CLIENTS = ["cdi/cdi-operator"];

/** What the objects of the chart need beyond the rules. */
export const CHART_EXEMPTIONS: readonly ChartExemption[] = [
  {
    object: { kind: "Deployment", name: "cdi-operator" },
    because: { "upstream's manifest says nothing of it": ["rootfs-read-only"], ...MANIFEST_BY_TAG },
  },
  {
    object: { kind: "ClusterRole", name: "cdi-operator-cluster" },
    because: {
      "it makes CDI with the roles of its parts, and can give only what it has itself": [
        "rbac-escalate",
        "rbac-wildcard",
      ],
      "disks are imported by pods in the namespaces of their volumes": ["rbac-pods-create"],
      "it keeps webhooks of CDI's own kinds, and changes only those that the role names": ["rbac-webhooks"],
    },
  },
  {
    object: { kind: "Role", name: "cdi-operator" },
    because: { "it makes CDI with the roles of its parts, and can give only what it has itself": ["rbac-escalate"] },
  },
];
