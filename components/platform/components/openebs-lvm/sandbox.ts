import { CRD_MODULES } from "../../../../versions/crd-modules";
import type { ChartSandbox, ComponentSandbox } from "../../sandbox";

export const SANDBOX: ComponentSandbox = {
  onRequest: true,
  missing: { what: "local volumes are claims without content", why: "pods do not run" },
  crds: [
    {
      bundle: "lvm-localpv",
      module: CRD_MODULES["lvm-localpv"],
      from: ["deploy/yamls/lvmnode-crd.yaml", "deploy/yamls/lvmsnapshot-crd.yaml", "deploy/yamls/lvmvolume-crd.yaml"],
    },
  ],
};

export const CHART_SANDBOX: ChartSandbox = {
  crds: { component: "lvm-localpv", place: "templates" },
  workloads: [
    {
      kind: "Deployment",
      name: "lvm-localpv-controller",
      labels: { app: "lvm-localpv", component: "openebs-lvm-controller" },
    },
    { kind: "DaemonSet", name: "lvm-localpv-node", labels: { app: "lvm-localpv", component: "openebs-lvm-node" } },
  ],
};
