import type { Values } from "../../common-settings";
import { component, type PlatformInputs } from "../../component";
import { apart, CONTROLLER_RUNTIME_WEBHOOK, copies, SMALL } from "../../shared-values";
import { API_CLIENTS, CHART_EXEMPTIONS } from "./exemptions";
import { CHART_SANDBOX, SANDBOX } from "./sandbox";

const NAMESPACE = "cloudnative-pg";
const CHART = "cloudnative-pg";
/** Labels that the chart gives to its operator. */
const OPERATOR = { "app.kubernetes.io/name": "cloudnative-pg" };
/** Port at which the manager inside every database's pod answers its operator. */
const INSTANCE_MANAGER = 8000;

/** PostgreSQL as objects: clusters of instances that copy each other, backed up and failed over by an operator. */
export const cloudnativePg = component({
  name: "cloudnative-pg",
  description: "PostgreSQL clusters as objects (CloudNativePG), for tenants and as data stores of control planes.",
  group: "data-services",
  enabledByDefault: false,
  namespaces: {
    [NAMESPACE]: {
      podSecurity: "restricted",
      traffic: {
        apiServerPorts: [CONTROLLER_RUNTIME_WEBHOOK],
        to: [{ label: "cnpg.io/cluster", port: INSTANCE_MANAGER }],
      },
      budgets: (inputs) => [{ name: "cloudnative-pg", copies: copies(inputs), matchLabels: OPERATOR }],
    },
  },
  stages: [
    {
      chart: CHART,
      namespace: NAMESPACE,
      needs: ["pod-network"],
      provides: ["databases/postgresql"],
      timeout: 600,
      values: cloudnativePgValues,
      images: { "image.repository": "ghcr.io/cloudnative-pg/cloudnative-pg" },
      exemptions: CHART_EXEMPTIONS,
      sandbox: CHART_SANDBOX,
    },
  ],
  // of the databases themselves: their objects name them
  images: ["ghcr.io/cloudnative-pg/postgresql"],
  apiClients: API_CLIENTS,
  sandbox: SANDBOX,
});

function cloudnativePgValues(inputs: PlatformInputs): Values {
  return {
    crds: { create: true },
    replicaCount: copies(inputs),
    ...apart(inputs, { copies: copies(inputs), matchLabels: OPERATOR }),
    resources: SMALL,
  };
}
