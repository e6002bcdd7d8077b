import { CRD_MODULES } from "../../../../versions/crd-modules";
import { type ChartSandbox, chartValue, type ComponentSandbox } from "../../sandbox";

export const SANDBOX: ComponentSandbox = {
  crds: [{ bundle: "snapshot-controller", module: CRD_MODULES["snapshot-controller"], from: ["config/crd"] }],
};

export const CHART_SANDBOX: ChartSandbox = {
  crds: { component: "snapshot-controller", place: "templates", when: ".Values.installCRDs" },
  workloads: [
    {
      kind: "Deployment",
      name: "snapshot-controller",
      labels: { "app.kubernetes.io/name": "snapshot-controller" },
      replicas: chartValue("controller.replicaCount"),
      budget: true,
    },
  ],
};
