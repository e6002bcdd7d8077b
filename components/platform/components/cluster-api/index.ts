import { CLUSTER_API_PROVIDERS } from "../../../../versions/cluster-api";
import { provider } from "../../apis/cluster-api-providers";
import type { Values } from "../../common-settings";
import { component, type PlatformInputs } from "../../component";
import { apart, CONFINED, CONTROLLER_RUNTIME_WEBHOOK, copies } from "../../shared-values";
import { API_CLIENTS, CHART_EXEMPTIONS, EXEMPTIONS } from "./exemptions";
import { CHART_SANDBOX, SANDBOX } from "./sandbox";

/** Labels that the chart gives to its operator. */
const OPERATOR = { "clusterctl.cluster.x-k8s.io/core": "capi-operator" };
const OPERATOR_NAMESPACE = "capi-operator-system";
// providers keep their upstream namespaces: their role bindings name them
const CORE_NAMESPACE = "capi-system";
const BOOTSTRAP_NAMESPACE = "capi-kubeadm-bootstrap-system";

const CORE = CLUSTER_API_PROVIDERS.core;
const BOOTSTRAP = CLUSTER_API_PROVIDERS["bootstrap-kubeadm"];

const PROVIDER_TRAFFIC = { apiServerPorts: [CONTROLLER_RUNTIME_WEBHOOK], tenantApis: true } as const;

/** Makes clusters of machines and control planes that other components provide. */
export const clusterApi = component({
  name: "cluster-api",
  description: "Clusters as objects: Cluster API's core and kubeadm provider, installed and upgraded by its operator.",
  group: "cluster-api",
  namespaces: {
    [OPERATOR_NAMESPACE]: {
      podSecurity: "baseline",
      traffic: { apiServerPorts: [CONTROLLER_RUNTIME_WEBHOOK], internet: true },
      budgets: (inputs) => [
        {
          name: "cluster-api-operator",
          copies: copies(inputs),
          matchLabels: OPERATOR,
        },
      ],
    },
    [CORE_NAMESPACE]: { podSecurity: "baseline", traffic: PROVIDER_TRAFFIC },
    [BOOTSTRAP_NAMESPACE]: { podSecurity: "baseline", traffic: PROVIDER_TRAFFIC },
  },
  stages: [
    {
      chart: "cluster-api-operator",
      namespace: OPERATOR_NAMESPACE,
      needs: ["certificates"],
      timeout: 600,
      takesCrdsAlong: true,
      values: operatorValues,
      images: { "image.manager.repository": "registry.k8s.io/capi-operator/cluster-api-operator" },
      exemptions: CHART_EXEMPTIONS,
      sandbox: CHART_SANDBOX,
    },
    {
      stage: "cluster-api",
      after: ["cluster-api-operator"],
      provides: ["cluster-api"],
      objects: ({ settings }) => [
        provider(
          { kind: "CoreProvider", name: "cluster-api", namespace: CORE_NAMESPACE, release: CORE, memory: "512Mi" },
          settings,
        ),
      ],
    },
    {
      stage: "cluster-api-bootstrap",
      after: ["cluster-api"],
      provides: ["cluster-api/bootstrap"],
      objects: ({ settings }) => [
        provider(
          {
            kind: "BootstrapProvider",
            name: "kubeadm",
            namespace: BOOTSTRAP_NAMESPACE,
            release: BOOTSTRAP,
            memory: "512Mi",
          },
          settings,
        ),
      ],
    },
  ],
  images: [CORE.image, BOOTSTRAP.image],
  exemptions: EXEMPTIONS,
  apiClients: API_CLIENTS,
  sandbox: SANDBOX,
});

/** Empty maps of providers: their namespaces and resources are this program's, not hooks that Helm forgets. */
function operatorValues(inputs: PlatformInputs): Values {
  return {
    core: {},
    bootstrap: {},
    controlPlane: {},
    infrastructure: {},
    replicaCount: copies(inputs),
    // merged with the chart's own affinity, which is for kinds of nodes
    ...apart(inputs, { copies: copies(inputs), matchLabels: OPERATOR }),
    resources: { manager: { requests: { cpu: "100m", memory: "100Mi" }, limits: { cpu: "500m", memory: "512Mi" } } },
    containerSecurityContext: { manager: CONFINED },
  };
}
