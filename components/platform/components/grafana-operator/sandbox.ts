import { CRD_MODULES } from "../../../../versions/crd-modules";
import { type ChartSandbox, type ComponentSandbox } from "../../sandbox";

export const SANDBOX: ComponentSandbox = {
  onRequest: true,
  crds: [{ bundle: "grafana-operator", module: CRD_MODULES["grafana-operator"], from: ["config/crd/bases"] }],
};

export const CHART_SANDBOX: ChartSandbox = {
  crds: { component: "grafana-operator", place: "kept" },
  workloads: [
    {
      kind: "Deployment",
      name: "grafana-operator",
      labels: { "app.kubernetes.io/name": "grafana-operator", "app.kubernetes.io/instance": "grafana-operator" },
    },
  ],
};
