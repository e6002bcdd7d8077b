import { type ChartSandbox, chartValue } from "../../sandbox";

export const CHART_SANDBOX: ChartSandbox = {
  workloads: [
    {
      kind: "Deployment",
      name: "metrics-server",
      labels: { "app.kubernetes.io/name": "metrics-server", "app.kubernetes.io/instance": "metrics-server" },
      replicas: chartValue("replicas"),
      budget: true,
    },
  ],
};
