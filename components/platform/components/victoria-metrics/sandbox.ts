import { CRD_MODULES } from "../../../../versions/crd-modules";
import { type ChartSandbox, chartValue, type ComponentSandbox, type FakeKind } from "../../sandbox";

const operational = (kind: string): FakeKind => ({
  apiVersion: "operator.victoriametrics.com/v1beta1",
  kind,
  fields: { "status.updateStatus": "operational" },
});

export const SANDBOX: ComponentSandbox = {
  onRequest: true,
  missing: { what: "nothing is measured: the store says that it is there", why: "pods do not run" },
  crds: [
    {
      bundle: "victoria-metrics",
      module: CRD_MODULES["victoria-metrics-operator"],
      from: ["config/crd/overlay/crd.yaml"],
    },
  ],
  fakes: [operational("VMSingle"), operational("VMAgent")],
};

export const CHART_SANDBOX: ChartSandbox = {
  crds: { component: "victoria-metrics", place: "kept" },
  workloads: [
    {
      kind: "Deployment",
      name: "victoria-metrics-operator",
      labels: {
        "app.kubernetes.io/name": "victoria-metrics-operator",
        "app.kubernetes.io/instance": "victoria-metrics-operator",
      },
      replicas: chartValue("replicaCount"),
    },
  ],
};
