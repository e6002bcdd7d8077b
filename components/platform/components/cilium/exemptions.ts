import {
  type ChartExemption,
  IMAGE_BY_TAG,
  type ObjectExemption,
  hostNetworkOnly,
} from "../../../kubernetes/exemptions";

const WRITABLE_ROOT = { "the chart has no setting for it: the image writes beside its volumes": ["rootfs-read-only"] };

/** Workloads that talk to the Kubernetes API. */
export const API_CLIENTS = ["cilium/cilium", "cilium/cilium-envoy", "cilium/cilium-operator"];

/** What the objects of the chart need beyond the rules. */
export const CHART_EXEMPTIONS: readonly ChartExemption[] = [
  {
    object: { kind: "DaemonSet", name: "cilium" },
    because: {
      "it is the network of its node: without the node's own, it would wait for itself": [
        "pss-host-namespaces",
        "pss-host-ports",
        "pss-host-probes",
      ],
      "it loads programs into the kernel and changes interfaces and namespaces of other pods": [
        "pss-privileged",
        "pss-capabilities-baseline",
        "pss-capabilities-restricted",
        "pss-privilege-escalation",
        "pss-run-as-non-root",
        "pss-seccomp-baseline",
        "pss-seccomp-restricted",
        "pss-apparmor",
        "pss-selinux",
      ],
      "maps of the kernel, network namespaces and the configuration of the CNI are files of the node": [
        "pss-host-path",
        "pss-volume-types",
        "host-path-writable",
      ],
      ...WRITABLE_ROOT,
      ...IMAGE_BY_TAG,
    },
  },
  {
    object: { kind: "DaemonSet", name: "cilium-envoy" },
    because: {
      "the agent hands it connections in the network of the node": [
        "pss-host-namespaces",
        "pss-host-ports",
        "pss-host-probes",
      ],
      "it takes sockets over from the kernel's programs (NET_ADMIN, SYS_ADMIN)": [
        "pss-capabilities-baseline",
        "pss-capabilities-restricted",
        "pss-privilege-escalation",
        "pss-run-as-non-root",
        "pss-seccomp-restricted",
        "pss-apparmor",
        "pss-selinux",
      ],
      "its socket with the agent and the kernel's maps are files of the node": [
        "pss-host-path",
        "pss-volume-types",
        "host-path-writable",
      ],
      ...WRITABLE_ROOT,
    },
  },
  {
    object: { kind: "Deployment", name: "cilium-operator" },
    because: {
      "it hands out addresses before there is a network for pods": [
        "pss-host-namespaces",
        "pss-host-ports",
        "pss-host-probes",
      ],
      "the image runs as root, without a capability, and the chart has no setting for it": [
        "pss-run-as-non-root",
        "rootfs-read-only",
      ],
      ...IMAGE_BY_TAG,
    },
  },
  { object: { kind: "Deployment", name: "hubble-relay" }, because: { ...IMAGE_BY_TAG } },
];

/** What its own objects need beyond the rules. */
export const EXEMPTIONS: readonly ObjectExemption[] = [hostNetworkOnly("cilium")];
