import { waitForCondition } from "../../../kubernetes/wait";
import { authorityCertificate, ClusterIssuer } from "../../apis/certificates";
import { OBJECTS } from "../../capabilities";
import { component, type PlannedObject, type PlatformInputs } from "../../component";
import { acmeIssuer, certificateSettings } from "./acme";
import { certManagerValues, WEBHOOK_PORT } from "./values";
import { API_CLIENTS, CHART_EXEMPTIONS } from "./exemptions";
import { CHART_SANDBOX, SANDBOX } from "./sandbox";

const NAMESPACE = "cert-manager";

/** Issues certificates and renews them. */
export const certManager = component({
  name: "cert-manager",
  description: "Certificates of webhooks, data stores and storage, from an authority of the cloud's own.",
  group: "networking",
  settings: certificateSettings,
  namespaces: {
    [NAMESPACE]: { podSecurity: "restricted", traffic: { apiServerPorts: [WEBHOOK_PORT] } },
  },
  stages: [
    {
      chart: "cert-manager",
      namespace: NAMESPACE,
      needs: ["pod-network"],
      timeout: 600,
      values: certManagerValues,
      images: { imageRegistry: "quay.io" },
      exemptions: CHART_EXEMPTIONS,
      sandbox: CHART_SANDBOX,
    },
    {
      stage: "issuers",
      after: ["cert-manager"],
      provides: ["certificates"],
      objects: issuers,
      finishedBy: [OBJECTS.rootIssuer, OBJECTS.cloudIssuer],
    },
    { stage: "public-issuer", after: ["cert-manager"], objects: ({ settings }) => acmeIssuer(settings) },
  ],
  apiClients: API_CLIENTS,
  sandbox: SANDBOX,
});

/** Self-signed root → the cloud's authority. Two, because a certificate that signs itself proves nothing to others. */
function issuers({ management }: PlatformInputs): PlannedObject[] {
  const { rootIssuer, cloudIssuer } = OBJECTS;
  const annotations = waitForCondition("Ready");
  const certificate = `${cloudIssuer}-certificate`;
  return [
    {
      resource: rootIssuer,
      object: ClusterIssuer({ metadata: { name: rootIssuer, annotations }, spec: { selfSigned: {} } }),
    },
    {
      resource: certificate,
      // a ClusterIssuer reads its Secret in cert-manager's namespace
      object: authorityCertificate(
        { name: cloudIssuer, namespace: NAMESPACE, annotations },
        `${management.cluster} cloud CA`,
      ),
      after: [rootIssuer],
    },
    {
      resource: cloudIssuer,
      object: ClusterIssuer({
        metadata: { name: cloudIssuer, annotations },
        spec: { ca: { secretName: cloudIssuer } },
      }),
      after: [certificate],
    },
  ];
}
