import { CLUSTER_API_PROVIDERS } from "../../../../versions/cluster-api";
import { provider } from "../../apis/cluster-api-providers";
import { component } from "../../component";
import { CONTROLLER_RUNTIME_WEBHOOK } from "../../shared-values";
import { SANDBOX } from "./sandbox";

// as upstream's manifests have it
const NAMESPACE = "capi-ipam-in-cluster-system";
const RELEASE = CLUSTER_API_PROVIDERS["ipam-in-cluster"];

/** Gives Machines addresses that nothing else keeps a list of. */
export const clusterApiAddresses = component({
  name: "cluster-api-addresses",
  description: "Addresses of Machines out of pools that are objects (Cluster API's in-cluster IPAM provider).",
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
      stage: "cluster-api-addresses",
      needs: ["cluster-api"],
      provides: ["cluster-api/addresses"],
      objects: ({ settings }) => [
        provider(
          { kind: "IPAMProvider", name: "in-cluster", namespace: NAMESPACE, release: RELEASE, memory: "512Mi" },
          settings,
        ),
      ],
    },
  ],
  images: [RELEASE.image],
  sandbox: SANDBOX,
});
