import { CRD_MODULES } from "../../../../versions/crd-modules";
import { type ChartSandbox, chartValue, type ComponentSandbox, type FakeKind, type StubWorkload } from "../../sandbox";

const apiVersion = "cert-manager.io/v1";
const ready = (kind: string): FakeKind => ({
  apiVersion,
  kind,
  conditions: [{ type: "Ready", reason: "IsReady" }],
  observedGeneration: "conditions",
});

/** Certificates themselves are issued by a fake of its own: sandbox/fakes/internal/platform/certificates.go. */
export const SANDBOX: ComponentSandbox = {
  crds: [{ bundle: "cert-manager", module: CRD_MODULES["cert-manager"], from: ["deploy/crds"] }],
  fakes: [ready("Issuer"), ready("ClusterIssuer")],
};

export const CHART_SANDBOX: ChartSandbox = {
  crds: { component: "cert-manager", place: "kept", when: "(.Values.crds | default dict).enabled" },
  workloads: [
    deployment("cert-manager", "cert-manager", "replicaCount"),
    deployment("cert-manager-webhook", "webhook", "webhook.replicaCount"),
    deployment("cert-manager-cainjector", "cainjector", "cainjector.replicaCount"),
  ],
};

function deployment(name: string, label: string, replicas: string): StubWorkload {
  const labels = { "app.kubernetes.io/name": label };
  return { kind: "Deployment", name, labels, replicas: chartValue(replicas), budget: true };
}
