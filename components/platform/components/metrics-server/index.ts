import type { Values } from "../../common-settings";
import { component, type PlatformInputs } from "../../component";
import { apart, copies } from "../../shared-values";
import { API_CLIENTS, CHART_EXEMPTIONS } from "./exemptions";
import { CHART_SANDBOX } from "./sandbox";

const NAMESPACE = "metrics-server";
const CHART = "metrics-server";
const LABELS = { "app.kubernetes.io/name": "metrics-server" };
const KUBELET = 10_250;
/** Where API servers reach it: 10250, the chart's own, is the kubelet's. */
const PORT = 10_251;

/** Answers how much machines and pods use now: for `kubectl top`, autoscalers and the recommender. */
export const metricsServer = component({
  name: "metrics-server",
  description: "What machines and pods use now, for `kubectl top` and autoscalers.",
  group: "operations",
  enabledByDefault: false,
  namespaces: {
    [NAMESPACE]: { podSecurity: "restricted", traffic: { apiServerPorts: [PORT], machinePorts: [KUBELET] } },
  },
  stages: [
    {
      chart: CHART,
      namespace: NAMESPACE,
      needs: ["certificates"],
      provides: ["resource-metrics"],
      timeout: 600,
      values: metricsServerValues,
      images: { "image.repository": "registry.k8s.io/metrics-server/metrics-server" },
      exemptions: CHART_EXEMPTIONS,
      sandbox: CHART_SANDBOX,
    },
  ],
  apiClients: API_CLIENTS,
});

function metricsServerValues(inputs: PlatformInputs): Values {
  return {
    replicas: copies(inputs),
    ...apart(inputs, { copies: copies(inputs), matchLabels: LABELS }),
    ...(copies(inputs) > 1 ? { podDisruptionBudget: { enabled: true, maxUnavailable: 1 } } : {}),
    containerPort: PORT,
    // kubelets of Talos sign their serving certificates themselves unless somebody approves requests for them
    args: ["--kubelet-insecure-tls"],
    // API servers check who answers for them
    apiService: { insecureSkipTLSVerify: false },
    tls: { type: "cert-manager" },
    resources: { requests: { cpu: "100m", memory: "200Mi" }, limits: { memory: "512Mi" } },
  };
}
