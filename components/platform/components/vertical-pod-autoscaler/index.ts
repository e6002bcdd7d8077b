import type { Values } from "../../common-settings";
import { component, type PlatformInputs } from "../../component";
import { apart, copies } from "../../shared-values";
import { API_CLIENTS, CHART_EXEMPTIONS } from "./exemptions";
import { CHART_SANDBOX, SANDBOX } from "./sandbox";

const NAMESPACE = "vertical-pod-autoscaler";
const CHART = "vertical-pod-autoscaler";
/** Port of the webhook that sets what pods ask for. */
const WEBHOOK = 8000;

/** Says what pods should ask for, by what they use, and sets it where an object asks for that. */
export const verticalPodAutoscaler = component({
  name: "vertical-pod-autoscaler",
  description: "What pods should ask for, recommended by what they use and set on request.",
  group: "operations",
  enabledByDefault: false,
  namespaces: { [NAMESPACE]: { podSecurity: "restricted", traffic: { apiServerPorts: [WEBHOOK] } } },
  stages: [
    {
      chart: CHART,
      namespace: NAMESPACE,
      needs: ["pod-network", "resource-metrics"],
      timeout: 600,
      values: autoscalerValues,
      images: {
        "admissionController.image.registry": "registry.k8s.io",
        "recommender.image.registry": "registry.k8s.io",
        "updater.image.registry": "registry.k8s.io",
        "crds.image.registry": "docker.io",
        "tests.image.registry": "ghcr.io",
      },
      exemptions: CHART_EXEMPTIONS,
      sandbox: CHART_SANDBOX,
    },
  ],
  apiClients: API_CLIENTS,
  sandbox: SANDBOX,
});

function autoscalerValues(inputs: PlatformInputs): Values {
  return {
    admissionController: part(inputs, "admission-controller"),
    recommender: part(inputs, "recommender"),
    updater: part(inputs, "updater"),
    // a Job that applies definitions with rights on all of them; Helm installs them instead
    crds: { enabled: false },
  };
}

function part(inputs: PlatformInputs, name: string): Values {
  const copied = { copies: copies(inputs), matchLabels: { "app.kubernetes.io/component": name } };
  return {
    replicaCount: copies(inputs),
    ...(copies(inputs) > 1 ? { pdb: { create: true, minAvailable: 1 } } : {}),
    ...apart(inputs, copied),
    resources: { requests: { cpu: "50m", memory: "200Mi" }, limits: { memory: "1Gi" } },
  };
}
