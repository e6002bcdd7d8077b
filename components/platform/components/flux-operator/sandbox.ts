import { type ChartSandbox, type ComponentSandbox } from "../../sandbox";

/** Its kinds are not served: the module with their definitions cannot be had here. */
export const SANDBOX: ComponentSandbox = {
  onRequest: true,
  missing: {
    what: "the kinds of Flux and of its operator are not served",
    why: "the operator's Go module is not served by module proxies",
  },
};

export const CHART_SANDBOX: ChartSandbox = {
  workloads: [
    {
      kind: "Deployment",
      name: "flux-operator",
      labels: { "app.kubernetes.io/name": "flux-operator", "app.kubernetes.io/instance": "flux-operator" },
    },
  ],
};
