import { type ChartExemption, IMAGE_BY_TAG, type ObjectExemption } from "../../../kubernetes/exemptions";

/** Workloads that talk to the Kubernetes API. */
export const API_CLIENTS = ["rook-ceph/rook-ceph-operator"];

const role = (name: string, because: ChartExemption["because"]): ChartExemption => ({
  object: { kind: "ClusterRole", name },
  because,
});

/** What the objects of the chart need beyond the rules. */
export const CHART_EXEMPTIONS: readonly ChartExemption[] = [
  {
    object: { kind: "Deployment", name: "rook-ceph-operator" },
    because: {
      "no Service leads to it, and the chart has no probes; it writes Ceph's configuration for its own tools": [
        "probe-readiness",
        "rootfs-read-only",
      ],
      ...IMAGE_BY_TAG,
    },
  },
  role("rook-ceph-global", {
    "it makes the daemons of clusters, which can be in any namespace, and points their Services to them": [
      "rbac-pods-create",
      "rbac-endpoints-edit",
    ],
    "keys of Ceph are Secrets there, and volumes of buckets are its own": ["rbac-secrets-read", "rbac-pv-create"],
  }),
  role("rook-ceph-cluster-mgmt", {
    "bound in namespaces of clusters only, by the chart: daemons and keys of Ceph": [
      "rbac-pods-create",
      "rbac-secrets-read",
    ],
  }),
  role("rook-ceph-system", { "it runs Ceph's tools in pods of its daemons": ["rbac-pods-exec"] }),
  role("rook-ceph-object-bucket", { "keys of buckets are Secrets of whoever asks for them": ["rbac-secrets-read"] }),
  role("objectstorage-provisioner-role", {
    "keys of buckets are Secrets of whoever asks for them": ["rbac-secrets-read"],
  }),
];

/** What its own objects need beyond the rules. */
export const EXEMPTIONS: readonly ObjectExemption[] = [
  {
    rule: "sc-reclaim",
    selector: { kind: "StorageClass", name: "replicated", path: "volumeBindingMode" },
    reason: "copies are usable from every machine, and imports of disks would wait for a consumer that never comes",
  },
  {
    rule: "sc-encryption",
    selector: { kind: "StorageClass", name: "replicated", path: "parameters.encrypted" },
    reason:
      "Ceph encrypts its disks as a whole in production, below all volumes: volumes of their own need a key server",
    tier: "production",
  },
];
