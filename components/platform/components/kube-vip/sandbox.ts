import type { ChartSandbox, ComponentSandbox } from "../../sandbox";

export const SANDBOX: ComponentSandbox = {
  onRequest: true,
  missing: { what: "its cloud provider gives no addresses: Services stay without one", why: "pods do not run" },
};

export const CHART_SANDBOX: ChartSandbox = {
  workloads: [{ kind: "DaemonSet", name: "kube-vip", labels: { "app.kubernetes.io/name": "kube-vip" }, host: true }],
};

export const PROVIDER_SANDBOX: ChartSandbox = {
  workloads: [
    {
      kind: "Deployment",
      name: "kube-vip-cloud-provider",
      labels: { "app.kubernetes.io/name": "kube-vip-cloud-provider" },
    },
  ],
};
