import { type ChartExemption, IMAGE_BY_TAG } from "../../../kubernetes/exemptions";

const INIT_LIMITS = {
  "the chart has no limits for first containers, which end before the others begin": ["resources-limits"],
};
const WRITABLE_ROOT = { "the chart has no setting for it: the image writes beside its volumes": ["rootfs-read-only"] };
const ROOT_INIT = {
  "a first container, root on the node, gives the files of OVS and OVN to the user that the rest runs as": [
    "pss-privileged",
    "pss-capabilities-baseline",
    "pss-capabilities-restricted",
    "pss-privilege-escalation",
    "pss-run-as-non-root",
    "pss-run-as-user",
  ],
};
const LOG_ON_NODE = {
  "it keeps its log on the node, where it is found when there is nothing else": [
    "pss-host-path",
    "pss-volume-types",
    "host-path-writable",
  ],
};
const HOOK = {
  "it is upstream's own hook, for which the chart has no settings": [
    "pss-capabilities-restricted",
    "pss-privilege-escalation",
    "pss-run-as-non-root",
    "rootfs-read-only",
    "resources-requests",
    "resources-limits",
  ],
};

/** Workloads that talk to the Kubernetes API. */
export const API_CLIENTS = [
  "kube-ovn/kube-ovn-cni",
  "kube-ovn/kube-ovn-controller",
  "kube-ovn/kube-ovn-monitor",
  "kube-ovn/kube-ovn-pinger",
  "kube-ovn/ovn-central",
  "kube-ovn/ovs-ovn",
  "kube-ovn/kube-ovn-v2-post-delete-hook",
  "kube-ovn/kube-ovn-v2-post-upgrade-hook",
  "kube-ovn/kube-ovn-v2-pre-upgrade-hook",
];

/** What the objects of the chart need beyond the rules. */
export const CHART_EXEMPTIONS: readonly ChartExemption[] = [
  {
    object: { kind: "DaemonSet", name: "kube-ovn-cni" },
    because: {
      "it plugs the pods of its node into the network, from outside of them": ["pss-host-namespaces"],
      "it moves interfaces between namespaces and sets routes, addresses and rules of the node": [
        "pss-privileged",
        "pss-capabilities-baseline",
        "pss-capabilities-restricted",
        "pss-privilege-escalation",
        "pss-run-as-non-root",
        "pss-run-as-user",
      ],
      "it installs the CNI and reads the network namespaces of the kubelet's pods on the node": [
        "pss-host-path",
        "pss-volume-types",
        "host-path-writable",
        "host-runtime-socket",
      ],
      ...INIT_LIMITS,
      ...WRITABLE_ROOT,
      ...IMAGE_BY_TAG,
    },
  },
  {
    object: { kind: "DaemonSet", name: "ovs-ovn" },
    because: {
      "it is the switch of its node": ["pss-host-namespaces"],
      "the switch is configured in the kernel (NET_ADMIN, SYS_NICE) by a process that root starts": [
        "pss-privileged",
        "pss-capabilities-baseline",
        "pss-capabilities-restricted",
        "pss-privilege-escalation",
        "pss-run-as-non-root",
        "pss-run-as-user",
      ],
      "database, sockets and logs of the switch outlive its pod on the node": [
        "pss-host-path",
        "pss-volume-types",
        "host-path-writable",
        "host-runtime-socket",
      ],
      ...INIT_LIMITS,
      ...WRITABLE_ROOT,
      ...IMAGE_BY_TAG,
    },
  },
  {
    object: { kind: "DaemonSet", name: "kube-ovn-pinger" },
    because: {
      ...ROOT_INIT,
      "it asks the switch of its node, through sockets that are files there": [
        "pss-host-path",
        "pss-volume-types",
        "host-path-writable",
      ],
      ...INIT_LIMITS,
      ...WRITABLE_ROOT,
      ...IMAGE_BY_TAG,
    },
  },
  {
    object: { kind: "Deployment", name: "ovn-central" },
    because: {
      "nodes reach it before there is a network for pods": ["pss-host-namespaces"],
      ...ROOT_INIT,
      "its databases are files of its node: they are what gives pods addresses, so no volume can hold them": [
        "pss-host-path",
        "pss-volume-types",
        "host-path-writable",
      ],
      ...INIT_LIMITS,
      ...WRITABLE_ROOT,
      ...IMAGE_BY_TAG,
    },
  },
  {
    object: { kind: "Deployment", name: "kube-ovn-controller" },
    because: {
      "it gives addresses to pods, so it cannot wait for one": ["pss-host-namespaces"],
      ...ROOT_INIT,
      "it writes its log to the node, and talks to OVN through sockets there": [
        "pss-host-path",
        "pss-volume-types",
        "host-path-writable",
      ],
      ...INIT_LIMITS,
      ...WRITABLE_ROOT,
      ...IMAGE_BY_TAG,
    },
  },
  {
    object: { kind: "Deployment", name: "kube-ovn-monitor" },
    because: {
      "it reads what ovn-central measures on the same node": ["pss-host-namespaces"],
      "a first container, root on the node, gives the files of OVS and OVN to the user that the rest runs as": [
        "pss-privileged",
        "pss-capabilities-restricted",
        "pss-privilege-escalation",
        "pss-run-as-non-root",
        "pss-run-as-user",
      ],
      "it reads sockets and databases of OVN, files of its node": [
        "pss-host-path",
        "pss-volume-types",
        "host-path-writable",
      ],
      ...INIT_LIMITS,
      ...WRITABLE_ROOT,
      ...IMAGE_BY_TAG,
    },
  },
  {
    object: { kind: "Job", name: "kube-ovn-v2-post-delete-hook" },
    because: {
      "it removes finalizers when there is no network for pods any more": ["pss-host-namespaces"],
      ...LOG_ON_NODE,
      "it is upstream's own hook, for which the chart has no settings": [
        "pss-capabilities-restricted",
        "pss-privilege-escalation",
        "pss-run-as-non-root",
        "rootfs-read-only",
      ],
      ...IMAGE_BY_TAG,
    },
  },
  {
    object: { kind: "Job", name: "kube-ovn-v2-pre-upgrade-hook" },
    because: {
      "it prepares the switches of the nodes for another version": ["pss-host-namespaces"],
      ...LOG_ON_NODE,
      ...HOOK,
      ...IMAGE_BY_TAG,
    },
  },
  {
    object: { kind: "Job", name: "kube-ovn-v2-post-upgrade-hook" },
    because: {
      "it restarts the switches of the nodes in turn": ["pss-host-namespaces"],
      ...LOG_ON_NODE,
      ...HOOK,
      ...IMAGE_BY_TAG,
    },
  },
  {
    object: { kind: "ClusterRole", name: "system:ovn" },
    because: {
      "it signs certificates of nodes for encrypted tunnels, and keeps their authority in a Secret": [
        "rbac-csr-approve",
        "rbac-secrets-read",
      ],
      "it makes the pods of gateways that tenants ask for, and configures them from inside": [
        "rbac-pods-create",
        "rbac-pods-exec",
      ],
      "it makes the endpoints of load balancers inside the networks of tenants": ["rbac-endpoints-edit"],
    },
  },
  {
    object: { kind: "ClusterRole", name: "system:ovs-ovn-pre-upgrade" },
    because: { "the hook of an upgrade changes the databases of OVN from inside its pods": ["rbac-pods-exec"] },
  },
];
