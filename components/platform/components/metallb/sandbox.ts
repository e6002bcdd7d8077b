import { CRD_MODULES } from "../../../../versions/crd-modules";
import type { ChartSandbox, ComponentSandbox } from "../../sandbox";

/** Addresses are given by a fake of its own: sandbox/fakes/internal/platform/addresses.go. */
export const SANDBOX: ComponentSandbox = {
  crds: [{ bundle: "metallb", module: CRD_MODULES.metallb, from: ["config/crd/bases"] }],
};

export const CHART_SANDBOX: ChartSandbox = {
  crds: { component: "metallb", place: "templates", when: "(.Values.crds | default dict).enabled" },
  workloads: [
    { kind: "Deployment", name: "metallb-controller", labels: labels("controller") },
    { kind: "DaemonSet", name: "metallb-speaker", labels: labels("speaker"), host: true },
  ],
};

function labels(component: string) {
  return { "app.kubernetes.io/name": "metallb", "app.kubernetes.io/component": component };
}
