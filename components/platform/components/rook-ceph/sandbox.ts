import { CRD_MODULES } from "../../../../versions/crd-modules";
import type { ChartSandbox, ComponentSandbox, FakeKind } from "../../sandbox";

const ready = (kind: string): FakeKind => ({
  apiVersion: "ceph.rook.io/v1",
  kind,
  fields: { "status.phase": "Ready" },
});

export const SANDBOX: ComponentSandbox = {
  onRequest: true,
  missing: { what: "Ceph says that it is ready; volumes are claims without content", why: "pods do not run" },
  crds: [{ bundle: "rook-ceph", module: CRD_MODULES["rook-ceph"], from: ["deploy/examples/crds.yaml"] }],
  fakes: [ready("CephCluster"), ready("CephBlockPool")],
};

export const CHART_SANDBOX: ChartSandbox = {
  crds: { component: "rook-ceph", place: "kept" },
  workloads: [{ kind: "Deployment", name: "rook-ceph-operator", labels: { app: "rook-ceph-operator" } }],
};
