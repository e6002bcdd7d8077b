import { type ChartSandbox, chartValue, type ComponentSandbox } from "../../sandbox";

/** Its kinds are not served: the module with their definitions cannot be had here. */
export const SANDBOX: ComponentSandbox = {
  onRequest: true,
  missing: {
    what: "the kinds of Redis are not served",
    why: "the operator's Go module is not served by module proxies",
  },
};

export const CHART_SANDBOX: ChartSandbox = {
  workloads: [
    {
      kind: "Deployment",
      name: "redis-operator",
      labels: { "app.kubernetes.io/name": "redis-operator", "app.kubernetes.io/instance": "redis-operator" },
      replicas: chartValue("replicas"),
    },
  ],
};
