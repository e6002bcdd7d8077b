import { type ChartSandbox, type ComponentSandbox } from "../../sandbox";

/** Its kinds are not served: the module with their definitions cannot be had here. */
export const SANDBOX: ComponentSandbox = {
  onRequest: true,
  missing: {
    what: "the kinds of RabbitMQ clusters are not served",
    why: "the operator's Go module is not served by module proxies",
  },
};

export const CHART_SANDBOX: ChartSandbox = {
  workloads: [
    {
      kind: "Deployment",
      name: "rabbitmq-cluster-operator",
      labels: { "app.kubernetes.io/name": "rabbitmq-cluster-operator" },
    },
  ],
};
