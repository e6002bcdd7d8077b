import type { Values } from "../../common-settings";
import { component } from "../../component";
import { CONFINED, SMALL } from "../../shared-values";
import { API_CLIENTS, CHART_EXEMPTIONS } from "./exemptions";
import { CHART_SANDBOX, SANDBOX } from "./sandbox";

const NAMESPACE = "grafana-operator";
const CHART = "grafana-operator";

/** Grafana with its sources and dashboards as objects. */
export const grafanaOperator = component({
  name: "grafana-operator",
  description: "Grafana, its data sources and dashboards as objects.",
  group: "operations",
  enabledByDefault: false,
  namespaces: {
    [NAMESPACE]: {
      podSecurity: "restricted",
      traffic: { to: [{ label: "app", port: 3000 }] },
    },
  },
  stages: [
    {
      chart: CHART,
      namespace: NAMESPACE,
      needs: ["pod-network"],
      provides: ["dashboards"],
      timeout: 600,
      values: grafanaValues,
      images: { "image.registry": "ghcr.io" },
      exemptions: CHART_EXEMPTIONS,
      sandbox: CHART_SANDBOX,
    },
  ],
  images: ["docker.io/grafana/grafana"],
  apiClients: API_CLIENTS,
  sandbox: SANDBOX,
});

/** One copy works at a time, and nothing waits for it: a second would only hold memory. */
function grafanaValues(): Values {
  return {
    leaderElect: true,
    // objects of its own namespace only: it would read the Secrets of all others as well
    namespaceScope: true,
    rbac: { useClusterRole: false },
    resources: SMALL,
    podSecurityContext: { seccompProfile: { type: "RuntimeDefault" } },
    securityContext: CONFINED,
  };
}
