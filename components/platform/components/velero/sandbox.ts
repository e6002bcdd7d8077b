import { CRD_MODULES } from "../../../../versions/crd-modules";
import type { ChartSandbox, ComponentSandbox } from "../../sandbox";

export const SANDBOX: ComponentSandbox = {
  onRequest: true,
  missing: { what: "backups are not taken", why: "pods do not run" },
  crds: [{ bundle: "velero", module: CRD_MODULES.velero, from: ["config/crd/v1/bases", "config/crd/v2alpha1/bases"] }],
};

export const CHART_SANDBOX: ChartSandbox = {
  crds: { component: "velero", place: "crds" },
  workloads: [
    {
      kind: "Deployment",
      name: "velero",
      labels: { "app.kubernetes.io/name": "velero", "app.kubernetes.io/instance": "velero" },
    },
    { kind: "DaemonSet", name: "node-agent", labels: { role: "node-agent", name: "node-agent" } },
  ],
};
