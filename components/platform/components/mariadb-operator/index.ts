import { OBJECTS } from "../../capabilities";
import type { Values } from "../../common-settings";
import { component, type PlatformInputs } from "../../component";
import { apart, CONFINED, copies, SMALL } from "../../shared-values";
import { API_CLIENTS, CHART_EXEMPTIONS, EXEMPTIONS } from "./exemptions";
import { CHART_SANDBOX, SANDBOX } from "./sandbox";

const NAMESPACE = "mariadb-operator";
const CHART = "mariadb-operator";
const WEBHOOK = 9443;
const SQL = 3306;
/** Port at which the agent beside every member of a cluster answers. */
const AGENT = 5555;

/** MariaDB as objects: single servers, replicas and Galera clusters. */
export const mariadbOperator = component({
  name: "mariadb-operator",
  description: "MariaDB servers and clusters as objects, for tenants and as data stores of control planes.",
  group: "data-services",
  enabledByDefault: false,
  namespaces: {
    [NAMESPACE]: {
      podSecurity: "restricted",
      traffic: {
        apiServerPorts: [WEBHOOK],
        to: [SQL, AGENT].map((port) => ({ label: "app.kubernetes.io/name", value: "mariadb", port })),
      },
    },
  },
  stages: [
    {
      chart: CHART,
      namespace: NAMESPACE,
      needs: ["pod-network", "certificates"],
      provides: ["databases/mysql"],
      timeout: 600,
      takesCrdsAlong: true,
      values: mariadbValues,
      images: {
        "image.repository": "ghcr.io/mariadb-operator/mariadb-operator",
        "webhook.image.repository": "ghcr.io/mariadb-operator/mariadb-operator",
        "certController.image.repository": "ghcr.io/mariadb-operator/mariadb-operator",
        "config.mariadbImageName": "docker-registry1.mariadb.com/library/mariadb",
      },
      exemptions: CHART_EXEMPTIONS,
      sandbox: CHART_SANDBOX,
    },
  ],
  exemptions: EXEMPTIONS,
  apiClients: API_CLIENTS,
  sandbox: SANDBOX,
});

function mariadbValues(inputs: PlatformInputs): Values {
  return {
    crds: { enabled: true },
    clusterName: inputs.management.dnsDomain,
    ...part(inputs, "mariadb-operator"),
    webhook: {
      ...part(inputs, "mariadb-operator-webhook"),
      // the cloud's authority in place of a controller that may change every webhook
      cert: { certManager: { enabled: true, issuerRef: { name: OBJECTS.cloudIssuer, kind: "ClusterIssuer" } } },
    },
    certController: { enabled: false },
    // roles for people, over all kinds that there are and will be
    rbac: { aggregation: { enabled: false } },
  };
}

/** Each part apart from its own copies; one of them at a time may be taken away. */
function part(inputs: PlatformInputs, name: string): Values {
  const copied = { copies: copies(inputs), matchLabels: { "app.kubernetes.io/name": name } };
  return {
    ha: { enabled: copies(inputs) > 1, replicas: copies(inputs) },
    ...(copies(inputs) > 1 ? { pdb: { enabled: true, maxUnavailable: 1 } } : {}),
    resources: SMALL,
    podSecurityContext: { seccompProfile: { type: "RuntimeDefault" } },
    securityContext: { ...CONFINED, runAsUser: 65532 },
    ...apart(inputs, copied),
  };
}
