import { CRD_MODULES } from "../../../../versions/crd-modules";
import { type ChartSandbox, chartValue, type ComponentSandbox } from "../../sandbox";

export const SANDBOX: ComponentSandbox = {
  onRequest: true,
  crds: [
    {
      bundle: "vertical-pod-autoscaler",
      module: CRD_MODULES["vertical-pod-autoscaler"],
      from: ["deploy/vpa-v1-crd-gen.yaml"],
    },
  ],
};

export const CHART_SANDBOX: ChartSandbox = {
  crds: { component: "vertical-pod-autoscaler", place: "crds" },
  workloads: [
    {
      kind: "Deployment",
      name: "vertical-pod-autoscaler-admission-controller",
      labels: {
        "app.kubernetes.io/name": "vertical-pod-autoscaler",
        "app.kubernetes.io/component": "admission-controller",
      },
      replicas: chartValue("admissionController.replicaCount"),
      budget: true,
    },
    {
      kind: "Deployment",
      name: "vertical-pod-autoscaler-recommender",
      labels: { "app.kubernetes.io/name": "vertical-pod-autoscaler", "app.kubernetes.io/component": "recommender" },
      replicas: chartValue("recommender.replicaCount"),
      budget: true,
    },
    {
      kind: "Deployment",
      name: "vertical-pod-autoscaler-updater",
      labels: { "app.kubernetes.io/name": "vertical-pod-autoscaler", "app.kubernetes.io/component": "updater" },
      replicas: chartValue("updater.replicaCount"),
      budget: true,
    },
  ],
};
