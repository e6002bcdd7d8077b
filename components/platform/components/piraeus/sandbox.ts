import { type ChartSandbox, chartValue, type ComponentSandbox, type FakeCondition } from "../../sandbox";
import { stubCrds } from "./stub-crds";

const apiVersion = "piraeus.io/v1";

const condition = (type: string, message?: string): FakeCondition => ({
  type,
  reason: "AsExpected",
  ...(message === undefined ? {} : { message }),
});
const APPLIED = condition("Applied", "Resources applied");
const CONFIGURED = condition("Configured", "Properties applied");

export const SANDBOX: ComponentSandbox = {
  crds: [
    {
      bundle: "piraeus",
      crds: stubCrds(),
      simulated: {
        what: "structural CRDs with the fields that are commonly set",
        why: "the operator's Go module is not served by module proxies",
      },
    },
  ],
  fakes: [
    {
      apiVersion,
      kind: "LinstorCluster",
      conditions: [APPLIED, condition("Available", "Controller available"), CONFIGURED],
    },
    { apiVersion, kind: "LinstorSatelliteConfiguration", conditions: [APPLIED] },
    {
      apiVersion,
      kind: "LinstorSatellite",
      conditions: [APPLIED, condition("Available", "Satellite available"), CONFIGURED],
    },
    { apiVersion, kind: "LinstorNodeConnection", conditions: [condition("Configured")] },
  ],
};

export const CHART_SANDBOX: ChartSandbox = {
  crds: { component: "piraeus", place: "kept", when: ".Values.installCRDs" },
  workloads: [
    {
      kind: "Deployment",
      name: "piraeus-controller-manager",
      labels: { "app.kubernetes.io/name": "piraeus", "app.kubernetes.io/component": "piraeus-operator" },
      replicas: chartValue("replicaCount"),
    },
  ],
};
