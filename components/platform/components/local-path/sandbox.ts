import { type ChartSandbox, chartValue } from "../../sandbox";

export const CHART_SANDBOX: ChartSandbox = {
  workloads: [
    {
      kind: "Deployment",
      name: "local-path-provisioner",
      labels: { "app.kubernetes.io/name": "local-path-provisioner" },
      replicas: chartValue("replicaCount"),
    },
  ],
};
