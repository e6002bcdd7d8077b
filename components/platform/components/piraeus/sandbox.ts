import { type ChartSandbox, chartValue, type ComponentSandbox, type FakeCondition, type FakeKind } from "../../sandbox";
import { stubCrds } from "./stub-crds";

const condition = (type: string, message?: string): FakeCondition => ({
  type,
  reason: "AsExpected",
  ...(message === undefined ? {} : { message }),
});
const APPLIED = condition("Applied", "Resources applied");
const CONFIGURED = condition("Configured", "Properties applied");

const fake = (kind: string, conditions: readonly FakeCondition[]): FakeKind => ({
  apiVersion: "piraeus.io/v1",
  kind,
  conditions,
  observedGeneration: "conditions",
});

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
    fake("LinstorCluster", [APPLIED, condition("Available", "Controller available"), CONFIGURED]),
    fake("LinstorSatelliteConfiguration", [APPLIED]),
    fake("LinstorSatellite", [APPLIED, condition("Available", "Satellite available"), CONFIGURED]),
    fake("LinstorNodeConnection", [condition("Configured")]),
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
