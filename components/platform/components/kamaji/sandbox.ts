import { CRD_MODULES } from "../../../../versions/crd-modules";
import { type ChartSandbox, chartValue, type ComponentSandbox } from "../../sandbox";

/** Control planes are started by a fake of its own: sandbox/fakes/internal/kamaji. */
export const SANDBOX: ComponentSandbox = {
  crds: [
    {
      bundle: "kamaji",
      module: CRD_MODULES.kamaji,
      from: ["config/crd/bases"],
      simulated: {
        what: `CRDs of Kamaji ${CRD_MODULES.kamaji.version}, older than the release that is installed on hardware`,
        why: "later releases are not served as Go modules",
      },
    },
    // control planes can be exposed by its kinds, which Kamaji watches
    { bundle: "gateway-api", module: CRD_MODULES["gateway-api"], from: ["config/crd/standard"] },
  ],
};

export const CRDS_CHART_SANDBOX: ChartSandbox = { crds: { component: "kamaji", place: "kept" }, workloads: [] };

export const CHART_SANDBOX: ChartSandbox = {
  workloads: [
    {
      kind: "Deployment",
      name: "kamaji",
      labels: { "app.kubernetes.io/name": "kamaji", "app.kubernetes.io/component": "controller-manager" },
      replicas: chartValue("replicaCount"),
    },
  ],
};
