import { CLUSTER_API_PROVIDERS } from "../../../../versions/cluster-api";
import { provider } from "../../apis/cluster-api-providers";
import { component } from "../../component";
import { CONTROLLER_RUNTIME_WEBHOOK } from "../../shared-values";
import { SANDBOX } from "./sandbox";

// as upstream's manifests have it
const NAMESPACE = "caaph-system";
const RELEASE = CLUSTER_API_PROVIDERS["addon-helm"];

/** Installs charts of customers into their clusters. */
export const clusterApiHelm = component({
  name: "cluster-api-helm",
  description: "Charts that tenants ask for, installed into their clusters by Cluster API's Helm add-on provider.",
  group: "cluster-api",
  enabledByDefault: false,
  namespaces: {
    [NAMESPACE]: {
      podSecurity: "baseline",
      traffic: { apiServerPorts: [CONTROLLER_RUNTIME_WEBHOOK], tenantApis: true, internet: true },
    },
  },
  stages: [
    {
      stage: "cluster-api-helm",
      needs: ["cluster-api"],
      provides: ["cluster-api/helm"],
      objects: ({ settings }) => [
        provider(
          { kind: "AddonProvider", name: "helm", namespace: NAMESPACE, release: RELEASE, memory: "512Mi" },
          settings,
        ),
      ],
    },
  ],
  images: [RELEASE.image],
  sandbox: SANDBOX,
});
