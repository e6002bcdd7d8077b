import { CRD_MODULES } from "../../../../versions/crd-modules";
import { type ChartSandbox, chartValue, type ComponentSandbox } from "../../sandbox";

export const SANDBOX: ComponentSandbox = {
  crds: [
    {
      bundle: "cilium",
      module: CRD_MODULES.cilium,
      from: ["pkg/k8s/apis/cilium.io/client/crds/v2", "pkg/k8s/apis/cilium.io/client/crds/v2alpha1"],
    },
  ],
};

export const CHART_SANDBOX: ChartSandbox = {
  // the real operator registers them when it starts; nothing else would here
  crds: { component: "cilium", place: "crds" },
  workloads: [
    { kind: "DaemonSet", name: "cilium", labels: { "k8s-app": "cilium" }, host: true },
    {
      kind: "DaemonSet",
      name: "cilium-envoy",
      labels: { "k8s-app": "cilium-envoy" },
      when: "(.Values.envoy | default dict).enabled",
      host: true,
    },
    {
      kind: "Deployment",
      name: "cilium-operator",
      labels: { "io.cilium/app": "operator", name: "cilium-operator" },
      replicas: chartValue("operator.replicas"),
      budget: true,
      host: true,
      // not the taint of a node that is being drained: cilium/cilium#40137, cilium/cilium#40531 (1.19)
      tolerations: [
        "node-role.kubernetes.io/control-plane",
        "node-role.kubernetes.io/master",
        "node.kubernetes.io/not-ready",
        "node.cloudprovider.kubernetes.io/uninitialized",
        "node.cilium.io/agent-not-ready",
      ].map((key) => ({ key, operator: "Exists" })),
    },
  ],
};
