import { CLUSTER_API_PROVIDERS } from "../../../../versions/cluster-api";
import { provider } from "../../apis/cluster-api-providers";
import { OBJECTS } from "../../capabilities";
import type { Values } from "../../common-settings";
import { component, type Installed, type PlatformInputs } from "../../component";
import { apart, CONFINED, CONTROLLER_RUNTIME_WEBHOOK, copies } from "../../shared-values";
import { API_CLIENTS, CHART_EXEMPTIONS } from "./exemptions";
import { CHART_SANDBOX, CRDS_CHART_SANDBOX, SANDBOX } from "./sandbox";

const NAMESPACE = "kamaji-system";
/** Labels that the chart gives to its manager. */
const MANAGER = { "app.kubernetes.io/name": "kamaji", "app.kubernetes.io/component": "controller-manager" };
const PROVIDER = CLUSTER_API_PROVIDERS["control-plane-kamaji"];

/** Runs control planes of tenants as pods, and gives Cluster API control planes of that kind. */
export const kamaji = component({
  name: "kamaji",
  description: "Control planes of tenants as pods of the management cluster.",
  group: "cluster-api",
  namespaces: {
    [NAMESPACE]: {
      podSecurity: "baseline",
      traffic: { apiServerPorts: [CONTROLLER_RUNTIME_WEBHOOK], tenantApis: true },
      budgets: (inputs) => [
        {
          name: "kamaji",
          copies: copies(inputs),
          matchLabels: MANAGER,
        },
      ],
    },
  },
  stages: [
    {
      chart: "kamaji-crds",
      // versions are months
      skipsMinors: true,
      namespace: NAMESPACE,
      needs: ["certificates"],
      provides: ["control-plane/kinds"],
      timeout: 300,
      takesCrdsAlong: true,
      values: (_inputs, { namespace }) => ({ kamajiNamespace: namespace }),
      images: {},
      sandbox: CRDS_CHART_SANDBOX,
    },
    {
      chart: "kamaji",
      // versions are months
      skipsMinors: true,
      namespace: NAMESPACE,
      after: ["kamaji-crds"],
      provides: ["control-plane/hosted"],
      timeout: 600,
      values: kamajiValues,
      images: { "image.repository": "docker.io/clastix/kamaji" },
      exemptions: CHART_EXEMPTIONS,
      sandbox: CHART_SANDBOX,
    },
    {
      stage: "cluster-api-control-plane",
      needs: ["cluster-api"],
      after: ["kamaji"],
      provides: ["cluster-api/control-plane"],
      objects: ({ settings }) => [
        provider(
          {
            kind: "ControlPlaneProvider",
            name: "kamaji",
            namespace: NAMESPACE,
            release: PROVIDER,
            memory: "1Gi",
          },
          settings,
        ),
      ],
    },
  ],
  images: [PROVIDER.image],
  apiClients: API_CLIENTS,
  sandbox: SANDBOX,
});

/** The manager alone: the etcd that holds tenants' state is a release of its own, so that the two upgrade apart. */
function kamajiValues(inputs: PlatformInputs, { version }: Installed): Values {
  return {
    // upstream's chart names the image "latest"
    image: { tag: version, pullPolicy: "IfNotPresent" },
    replicaCount: copies(inputs),
    ...apart(inputs, { copies: copies(inputs), matchLabels: MANAGER }),
    "kamaji-etcd": { deploy: false },
    defaultDatastoreName: OBJECTS.dataStore,
    telemetry: { disabled: true },
    // upstream's 100Mi are exceeded by a handful of control planes
    resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { cpu: "500m", memory: "512Mi" } },
    securityContext: CONFINED,
  };
}
