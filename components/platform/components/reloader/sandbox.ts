import { type ChartSandbox, chartValue, type ComponentSandbox } from "../../sandbox";

export const SANDBOX: ComponentSandbox = { onRequest: true };

export const CHART_SANDBOX: ChartSandbox = {
  workloads: [
    {
      kind: "Deployment",
      name: "reloader-reloader",
      labels: { app: "reloader", release: "reloader" },
      replicas: chartValue("reloader.deployment.replicas"),
      budget: true,
    },
  ],
};
