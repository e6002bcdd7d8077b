import type { Problem } from "../../../core/problem";
import { OBJECTS } from "../../capabilities";
import type { Values } from "../../common-settings";
import { component, type ManagementCluster, type PlatformInputs } from "../../component";
import { apart, CONFINED, TENANT_CONTROL_PLANE_LABEL, workloadMachines } from "../../shared-values";
import { DataStore, type DataStoreSpec, type SecretKey } from "./kinds";
import { API_CLIENTS, CHART_EXEMPTIONS } from "./exemptions";
import { CHART_SANDBOX } from "./sandbox";

const NAMESPACE = "kamaji-system";
const CLIENT_PORT = 2379;
/** Labels that the chart gives to its members. */
const MEMBER = { "app.kubernetes.io/name": "kamaji-etcd" };

/** The etcd that holds the state of tenants' control planes. */
export const kamajiEtcd = component({
  name: "kamaji-etcd",
  description: "The etcd that holds the state of tenants' control planes.",
  group: "cluster-api",
  checkMachines: (settings, management) => tooFewMachines(members({ settings }), management),
  namespaces: {
    [NAMESPACE]: {
      podSecurity: "baseline",
      // control planes of tenants keep their state in it
      traffic: { from: [{ label: TENANT_CONTROL_PLANE_LABEL, port: CLIENT_PORT }] },
      budgets: (inputs) => [
        {
          name: `${OBJECTS.dataStore}-etcd`,
          copies: members(inputs),
          matchLabels: MEMBER,
        },
      ],
    },
  },
  stages: [
    {
      chart: "kamaji-etcd",
      namespace: NAMESPACE,
      needs: ["certificates", "storage-class/local", "control-plane/kinds"],
      timeout: 900,
      values: kamajiEtcdValues,
      images: {
        "image.repository": "quay.io/coreos/etcd",
        "jobs.cfssl.image": "docker.io/cfssl/cfssl",
        "jobs.kubectl.image": "docker.io/clastix/kubectl",
        "jobs.etcd.image": "quay.io/coreos/etcd",
      },
      exemptions: CHART_EXEMPTIONS,
      sandbox: CHART_SANDBOX,
    },
    {
      stage: "data-store",
      needs: ["control-plane/hosted"],
      after: ["kamaji-etcd"],
      provides: ["data-store"],
      objects: (inputs) => [
        {
          resource: OBJECTS.dataStore,
          object: DataStore({ metadata: { name: OBJECTS.dataStore }, spec: dataStoreSpec(inputs) }),
          protect: true,
        },
      ],
    },
  ],
  apiClients: API_CLIENTS,
});

/** Members of the etcd: a majority must survive the loss of a machine in production. */
function members({ settings }: Pick<PlatformInputs, "settings">): number {
  return settings.tier === "production" ? 3 : 1;
}

/** Two members on one machine are a majority that goes with it, and with it the clusters of all tenants. */
function tooFewMachines(copies: number, management: ManagementCluster): Problem[] {
  const machines = workloadMachines(management);
  if (machines.length >= copies) return [];
  const rule = `the etcd of tenants has ${copies} members in production, each on a machine of its own`;
  const fix = "give the base stack more machines, or set platform.tier to development";
  return [{ where: "platform.tier", given: `production on ${machines.join(", ")}`, rule, fix }];
}

/** Volumes are local: etcd keeps its own copies, and a replicated disk under each would multiply them. */
function kamajiEtcdValues(inputs: PlatformInputs): Values {
  return {
    fullnameOverride: OBJECTS.dataStore,
    replicas: members(inputs),
    ...apart(inputs, { copies: members(inputs), matchLabels: MEMBER, surge: 0 }),
    clusterDomain: inputs.management.dnsDomain,
    persistentVolumeClaim: { size: "10Gi", storageClassName: OBJECTS.localClass },
    resources: { requests: { cpu: "100m", memory: "512Mi" }, limits: { memory: "2Gi" } },
    // root, as the image has it: the volumes belong to root
    securityContext: { ...CONFINED, runAsNonRoot: false },
    selfSignedCertificates: { enabled: false },
    certManager: {
      enabled: true,
      issuerRef: { name: OBJECTS.rootIssuer, kind: "ClusterIssuer", group: "cert-manager.io" },
    },
    datastore: { enabled: false },
  };
}

/**
 * The etcd of the chart as Kamaji sees it. The chart could make this object itself; it is ours so that it can be
 * protected, checked by policies and named in the contract.
 */
function dataStoreSpec(inputs: PlatformInputs): DataStoreSpec {
  const { dnsDomain } = inputs.management;
  const name = OBJECTS.dataStore;
  const member = (index: number) => `${name}-${index}.${name}.${NAMESPACE}.svc.${dnsDomain}:${CLIENT_PORT}`;
  return {
    driver: "etcd",
    endpoints: Array.from({ length: members(inputs) }, (_, index) => member(index)),
    tlsConfig: {
      certificateAuthority: keyPair(`${name}-ca`),
      clientCertificate: keyPair(`${name}-client-certs`),
    },
  };
}

function keyPair(name: string): { readonly certificate: SecretKey; readonly privateKey: SecretKey } {
  const key = (keyPath: string) => ({ secretReference: { name, namespace: NAMESPACE, keyPath } });
  return { certificate: key("tls.crt"), privateKey: key("tls.key") };
}
