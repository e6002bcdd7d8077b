import { type ChartExemption, IMAGE_BY_TAG } from "../../../kubernetes/exemptions";

const IN_KUBE_SYSTEM = {
  "the network of a tenant is installed where its control plane looks for what runs nodes": ["namespace-system"],
};
const TENANT_API = { "it watches the API of the tenant": ["sa-token-automount"] };

/** What the objects of the chart need beyond the rules. */
export const CHART_EXEMPTIONS: readonly ChartExemption[] = [
  {
    object: { kind: "DaemonSet", name: "cilium" },
    because: {
      "it is the network of its node, a virtual machine of the tenant": [
        "pss-host-namespaces",
        "pss-host-ports",
        "pss-host-probes",
      ],
      "it loads programs into the kernel of that machine and changes network namespaces of pods there": [
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
      "maps of the kernel and the configuration of the CNI are files of that machine": [
        "pss-host-path",
        "pss-volume-types",
        "host-path-writable",
      ],
      ...IN_KUBE_SYSTEM,
      "the chart has no setting for it: the image writes beside its volumes": ["rootfs-read-only"],
      ...IMAGE_BY_TAG,
      ...TENANT_API,
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
      ...IN_KUBE_SYSTEM,
      ...IMAGE_BY_TAG,
      ...TENANT_API,
    },
  },
  { object: { kind: "ServiceAccount", name: "cilium" }, because: { ...IN_KUBE_SYSTEM } },
  { object: { kind: "ServiceAccount", name: "cilium-operator" }, because: { ...IN_KUBE_SYSTEM } },
  { object: { kind: "ConfigMap", name: "cilium-config" }, because: { ...IN_KUBE_SYSTEM } },
  { object: { kind: "Role", name: "cilium-config-agent" }, because: { ...IN_KUBE_SYSTEM } },
  { object: { kind: "Role", name: "cilium-operator-ztunnel" }, because: { ...IN_KUBE_SYSTEM } },
  { object: { kind: "RoleBinding", name: "cilium-config-agent" }, because: { ...IN_KUBE_SYSTEM } },
  { object: { kind: "RoleBinding", name: "cilium-operator-ztunnel" }, because: { ...IN_KUBE_SYSTEM } },
];
