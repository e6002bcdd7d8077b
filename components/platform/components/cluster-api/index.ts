import { CLUSTER_API_PROVIDERS } from "../../../../versions/cluster-api";
import { CONFIG_SECRET, provider } from "../../apis/cluster-api-providers";
import { kind, type ObjectMeta } from "../../../kubernetes/manifest";
import type { Values } from "../../common-settings";
import { component, type PlannedObject, type PlatformInputs, SecretSetting } from "../../component";
import { apart, CONFINED, CONTROLLER_RUNTIME_WEBHOOK, copies } from "../../shared-values";
import { API_CLIENTS, CHART_EXEMPTIONS, EXEMPTIONS } from "./exemptions";
import { CHART_SANDBOX, SANDBOX } from "./sandbox";

/** Labels that the chart gives to its operator. */
const OPERATOR = { "clusterctl.cluster.x-k8s.io/core": "capi-operator" };
const OPERATOR_NAMESPACE = CONFIG_SECRET.namespace;
// providers keep their upstream namespaces: their role bindings name them
const CORE_NAMESPACE = "capi-system";
const BOOTSTRAP_NAMESPACE = "capi-kubeadm-bootstrap-system";

const CORE = CLUSTER_API_PROVIDERS.core;
const BOOTSTRAP = CLUSTER_API_PROVIDERS["bootstrap-kubeadm"];

const PROVIDER_TRAFFIC = { apiServerPorts: [CONTROLLER_RUNTIME_WEBHOOK], tenantApis: true } as const;

const GITHUB_TOKEN = "githubToken";

const Secret = kind<{ readonly metadata: ObjectMeta; readonly stringData: Readonly<Record<string, unknown>> }>(
  "v1",
  "Secret",
);

/** Makes clusters of machines and control planes that other components provide. */
export const clusterApi = component({
  name: "cluster-api",
  description: "Clusters as objects: Cluster API's core and kubeadm provider, installed and upgraded by its operator.",
  group: "cluster-api",
  secrets: {
    [GITHUB_TOKEN]: {
      description: "secret: token with which components of Cluster API's providers are downloaded from GitHub",
      required: ({ mirror }) =>
        mirror.githubToken
          ? {
              rule: "raises GitHub's limit of downloads, as mirror.githubToken asks for",
              fix: `set it with \`pulumi config set --secret firmament:${GITHUB_TOKEN}\`, or remove mirror.githubToken`,
            }
          : undefined,
    },
  },
  check: ({ mirror: { githubToken, providers, images } }) => {
    const from = providers ?? images;
    return !githubToken || from === undefined
      ? []
      : [
          {
            where: "platform.mirror.githubToken",
            given: "true",
            rule: `has no effect: components of providers come from ${from}, not from GitHub`,
            fix: "remove it, or the mirror",
          },
        ];
  },
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
      objects: ({ settings }) => {
        const token = settings.mirror.githubToken ? [githubToken()] : [];
        const core = provider(
          { kind: "CoreProvider", name: "cluster-api", namespace: CORE_NAMESPACE, release: CORE, memory: "512Mi" },
          settings,
        );
        const after = token.map(({ resource }) => resource);
        return [...token, after.length === 0 ? core : { ...core, after }];
      },
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

/** GitHub answers 60 requests an hour without a token, and the operator asks several times per provider. */
function githubToken(): PlannedObject {
  return {
    resource: "cluster-api-github-token",
    object: Secret({ metadata: CONFIG_SECRET, stringData: { GITHUB_TOKEN: new SecretSetting(GITHUB_TOKEN) } }),
  };
}

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
