import {
  type ChartExemption,
  IMAGE_BY_TAG,
  type ObjectExemption,
  replacedDefinitions,
} from "../../../kubernetes/exemptions";

/** Workloads that talk to the Kubernetes API. */
export const API_CLIENTS = ["openebs/lvm-localpv-controller", "openebs/lvm-localpv-node"];

const NO_PROBES = { "no Service leads to it, and the chart has no probes": ["probe-readiness"] };

/** What the objects of the chart need beyond the rules. */
export const CHART_EXEMPTIONS: readonly ChartExemption[] = [
  {
    object: { kind: "Deployment", name: "lvm-localpv-controller" },
    because: {
      "the chart has no settings for its containers, which share a socket that root makes": [
        "pss-capabilities-restricted",
        "pss-privilege-escalation",
        "pss-run-as-non-root",
        "rootfs-read-only",
      ],
      ...NO_PROBES,
      ...IMAGE_BY_TAG,
    },
  },
  {
    object: { kind: "DaemonSet", name: "lvm-localpv-node" },
    because: {
      "it makes logical volumes on its node and mounts them into pods there": [
        "pss-privileged",
        "pss-capabilities-restricted",
        "pss-privilege-escalation",
        "pss-run-as-non-root",
        "pss-seccomp-restricted",
        "rootfs-read-only",
      ],
      "devices, LVM's locks, the kubelet's registration and the volumes of pods are files of the node": [
        "pss-host-path",
        "pss-volume-types",
        "host-path-writable",
        "host-runtime-socket",
      ],
      ...NO_PROBES,
      ...IMAGE_BY_TAG,
    },
  },
  {
    object: { kind: "ClusterRole", name: "openebs-lvm-provisioner-role" },
    because: {
      "it is the provisioner of a storage class": ["rbac-pv-create"],
      "all verbs on volumes and on the kinds of its own API group, by the chart": ["rbac-wildcard"],
    },
  },
  {
    object: { kind: "ClusterRole", name: "openebs-lvm-snapshotter-role" },
    because: { "snapshot classes may name Secrets of any namespace": ["rbac-secrets-read"] },
  },
];

/** What its own objects need beyond the rules. */
export const EXEMPTIONS: readonly ObjectExemption[] = [replacedDefinitions("openebs/lvm-localpv", "*local.openebs.io")];
