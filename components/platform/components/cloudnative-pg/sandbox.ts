import { CRD_MODULES } from "../../../../versions/crd-modules";
import { type ChartSandbox, chartValue, type ComponentSandbox } from "../../sandbox";

export const SANDBOX: ComponentSandbox = {
  onRequest: true,
  crds: [{ bundle: "cloudnative-pg", module: CRD_MODULES["cloudnative-pg"], from: ["config/crd/bases"] }],
};

export const CHART_SANDBOX: ChartSandbox = {
  crds: { component: "cloudnative-pg", place: "kept" },
  workloads: [
    {
      kind: "Deployment",
      name: "cloudnative-pg",
      labels: { "app.kubernetes.io/name": "cloudnative-pg", "app.kubernetes.io/instance": "cloudnative-pg" },
      replicas: chartValue("replicaCount"),
    },
  ],
};
