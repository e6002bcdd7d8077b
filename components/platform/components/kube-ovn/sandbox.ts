import { CRD_MODULES } from "../../../../versions/crd-modules";
import type { ChartSandbox, ComponentSandbox, Toleration } from "../../sandbox";

export const SANDBOX: ComponentSandbox = {
  crds: [{ bundle: "kube-ovn", module: CRD_MODULES["kube-ovn"], from: ["charts/kube-ovn-v2/crds"] }],
};

/** charts/kube-ovn-v2/templates of v1.16.2: they come back to a node that is being drained. */
const UNSCHEDULABLE: readonly Toleration[] = [
  { effect: "NoSchedule", operator: "Exists" },
  { key: "CriticalAddonsOnly", operator: "Exists" },
];

const MASTERS = "{{ len (.Values.masterNodes | default (list 1)) }}";

export const CHART_SANDBOX: ChartSandbox = {
  crds: { component: "kube-ovn", place: "crds" },
  workloads: [
    {
      kind: "Deployment",
      name: "ovn-central",
      labels: { app: "ovn-central" },
      replicas: MASTERS,
      host: true,
      tolerations: [...UNSCHEDULABLE, { effect: "NoExecute", operator: "Exists" }],
      nodeSelector: { "node-role.kubernetes.io/control-plane": "" },
    },
    {
      kind: "Deployment",
      name: "kube-ovn-controller",
      labels: { app: "kube-ovn-controller" },
      replicas: MASTERS,
      host: true,
      tolerations: UNSCHEDULABLE,
    },
    {
      kind: "Deployment",
      name: "kube-ovn-monitor",
      labels: { app: "kube-ovn-monitor" },
      host: true,
      tolerations: UNSCHEDULABLE,
    },
    { kind: "DaemonSet", name: "ovs-ovn", labels: { app: "ovs" }, host: true },
    { kind: "DaemonSet", name: "kube-ovn-cni", labels: { app: "kube-ovn-cni" }, host: true },
    { kind: "DaemonSet", name: "kube-ovn-pinger", labels: { app: "kube-ovn-pinger" } },
  ],
};
