import { CLUSTER_API_PROVIDERS } from "../../../../versions/cluster-api";
import { provider } from "../../apis/cluster-api-providers";
import { component } from "../../component";
import { CONTROLLER_RUNTIME_WEBHOOK } from "../../shared-values";
import { SANDBOX } from "./sandbox";

// as upstream's manifests have it
const NAMESPACE = "cabpt-system";
const RELEASE = CLUSTER_API_PROVIDERS["bootstrap-talos"];

/** Machine configurations of Talos for Machines of clusters. */
export const clusterApiTalos = component({
  name: "cluster-api-talos",
  description: "Machines that join as Talos: Cluster API's bootstrap provider for it.",
  group: "cluster-api",
  enabledByDefault: false,
  namespaces: {
    [NAMESPACE]: {
      podSecurity: "baseline",
      traffic: { apiServerPorts: [CONTROLLER_RUNTIME_WEBHOOK], tenantApis: true },
    },
  },
  stages: [
    {
      stage: "cluster-api-talos",
      needs: ["cluster-api"],
      provides: ["cluster-api/talos"],
      objects: ({ settings }) => [
        provider(
          { kind: "BootstrapProvider", name: "talos", namespace: NAMESPACE, release: RELEASE, memory: "512Mi" },
          settings,
        ),
      ],
    },
  ],
  images: [RELEASE.image],
  sandbox: SANDBOX,
});
