import { type ChartSandbox, chartValue, type ComponentSandbox } from "../../sandbox";

/** Its kinds are not served: the module with their definitions cannot be had here. */
export const SANDBOX: ComponentSandbox = {
  onRequest: true,
  missing: {
    what: "the kinds of MariaDB servers are not served",
    why: "the operator's Go module is not served by module proxies",
  },
};

export const CHART_SANDBOX: ChartSandbox = {
  workloads: [
    {
      kind: "Deployment",
      name: "mariadb-operator",
      labels: { "app.kubernetes.io/name": "mariadb-operator", "app.kubernetes.io/instance": "mariadb-operator" },
      replicas: chartValue("ha.replicas"),
      budget: true,
    },
    {
      kind: "Deployment",
      name: "mariadb-operator-webhook",
      labels: {
        "app.kubernetes.io/name": "mariadb-operator-webhook",
        "app.kubernetes.io/instance": "mariadb-operator",
      },
      replicas: chartValue("webhook.ha.replicas"),
      budget: true,
    },
  ],
};
