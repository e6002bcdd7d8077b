import { component } from "../../component";
import type { Values } from "../../common-settings";
import { API_CLIENTS, CHART_EXEMPTIONS } from "./exemptions";
import { CHART_SANDBOX, SANDBOX } from "./sandbox";

const NAMESPACE = "flux-system";
const CHART = "flux-operator";

/** Keeps Flux in the cluster, by an object that says which parts of it: delivery of what customers and sites bring. */
export const fluxOperator = component({
  name: "flux-operator",
  description: "Delivery from Git and registries: the operator that installs and upgrades Flux by an object.",
  group: "operations",
  enabledByDefault: false,
  namespaces: { [NAMESPACE]: { podSecurity: "restricted", traffic: { tenantApis: true, internet: true } } },
  stages: [
    {
      chart: CHART,
      namespace: NAMESPACE,
      needs: ["pod-network"],
      provides: ["delivery"],
      timeout: 600,
      values: fluxValues,
      images: { "image.repository": "ghcr.io/controlplaneio-fluxcd/flux-operator" },
      exemptions: CHART_EXEMPTIONS,
      sandbox: CHART_SANDBOX,
    },
  ],
  images: ["ghcr.io/fluxcd"],
  apiClients: API_CLIENTS,
  sandbox: SANDBOX,
});

/** One copy: it elects no leader. */
function fluxValues(): Values {
  return {
    installCRDs: true,
    resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "1Gi" } },
    // pages that show what is deployed where, to whoever reaches them
    web: { enabled: false },
    // objects of a namespace act with the rights of its own account, never with the operator's
    multitenancy: { enabled: true, defaultServiceAccount: "flux" },
  };
}
