import type { Values } from "../../common-settings";
import { component, type PlatformInputs } from "../../component";
import { apart, CONFINED, copies, SMALL } from "../../shared-values";
import { API_CLIENTS, CHART_EXEMPTIONS } from "./exemptions";
import { CHART_SANDBOX, SANDBOX } from "./sandbox";

const NAMESPACE = "redis-operator";
const CHART = "redis-operator";
const OPERATOR = { "app.kubernetes.io/name": "redis-operator" };
/** Ports of Redis and of its sentinels, which the operator asks who leads. */
const PORTS = [6379, 26_379];

/** Redis as objects: a leader, replicas and the sentinels that choose among them. */
export const redisOperator = component({
  name: "redis-operator",
  description: "Redis with replicas and sentinels as objects, for tenants.",
  group: "data-services",
  enabledByDefault: false,
  namespaces: {
    [NAMESPACE]: {
      podSecurity: "baseline",
      traffic: {
        to: PORTS.map((port) => ({ label: "app.kubernetes.io/part-of", value: "redis-failover", port })),
      },
      budgets: (inputs) => [{ name: "redis-operator", copies: copies(inputs), matchLabels: OPERATOR }],
    },
  },
  stages: [
    {
      chart: CHART,
      namespace: NAMESPACE,
      needs: ["pod-network"],
      provides: ["databases/redis"],
      timeout: 600,
      values: redisValues,
      images: { "image.repository": "ghcr.io/freshworks-oss/redis-operator" },
      exemptions: CHART_EXEMPTIONS,
      sandbox: CHART_SANDBOX,
    },
  ],
  apiClients: API_CLIENTS,
  sandbox: SANDBOX,
});

function redisValues(inputs: PlatformInputs): Values {
  return {
    replicas: copies(inputs),
    ...apart(inputs, { copies: copies(inputs), matchLabels: OPERATOR }),
    securityContext: { ...CONFINED, runAsUser: 1000 },
    resources: SMALL,
  };
}
