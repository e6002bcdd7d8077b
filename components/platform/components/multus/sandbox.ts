import { CRD_MODULES } from "../../../../versions/crd-modules";
import type { ChartSandbox, ComponentSandbox } from "../../sandbox";

export const SANDBOX: ComponentSandbox = {
  crds: [{ bundle: "multus", module: CRD_MODULES.multus, from: ["artifacts/networks-crd.yaml"] }],
};

export const CHART_SANDBOX: ChartSandbox = {
  crds: { component: "multus", place: "kept" },
  workloads: [{ kind: "DaemonSet", name: "kube-multus-ds", labels: { name: "multus" }, host: true }],
};
