import { container, SECURITY } from "../../engine/library/examples";
import { acmes, dataStore, deployment, kamajiControlPlane, keyPair, tenantNamespace } from "./examples";
import { UNKNOWN } from "../../engine/unknown";
import { describeRules } from "../cases.fixture";

const deployed = (changes: object) => kamajiControlPlane({ deployment: deployment({ ...changes }) });
const volume = (source: object) => deployed({ extraVolumes: [{ name: "extra", ...source }] });
const apiServer = (...extraArgs: unknown[]) => kamajiControlPlane({ apiServer: { extraArgs } });
const manager = (...extraArgs: string[]) => kamajiControlPlane({ controllerManager: { extraArgs } });
const network = (changes: object) =>
  kamajiControlPlane({ network: { serviceType: "ClusterIP", certSANs: ["acme.example"], ...changes } });
const tunnel = (changes: object) => kamajiControlPlane({ addons: { konnectivity: changes } });
const sidecar = (changes: object) =>
  deployed({ extraContainers: [container({ securityContext: { ...SECURITY, ...changes } })] });

/** Kamaji's own kind, in which everything stands elsewhere. */
const tenantControlPlane = (changes: { deployment?: object; spec?: object; service?: object; network?: object }) =>
  acmes("kamaji.clastix.io/v1alpha1", "TenantControlPlane", {
    spec: {
      dataStore: "acme",
      controlPlane: {
        deployment: { replicas: 3, ...deployment(), ...changes.deployment },
        service: { serviceType: "ClusterIP", ...changes.service },
      },
      kubernetes: {
        version: "v1.34.1",
        admissionControllers: ["PodSecurity", "NodeRestriction", "ResourceQuota", "LimitRanger", "ServiceAccount"],
      },
      networkProfile: { certSANs: ["acme.example"], ...changes.network },
      addons: { konnectivity: {} },
      ...changes.spec,
    },
  });

const template = (spec: object) =>
  acmes("controlplane.cluster.x-k8s.io/v1alpha2", "KamajiControlPlaneTemplate", { spec: { template: { spec } } });

const hosted = (name: string, namespace: string, spec: object) =>
  kamajiControlPlane({ dataStoreName: "shared", ...spec }, { name, namespace });

const FLAGS = [
  "--anonymous-auth=true",
  "--anonymous-auth",
  "--authorization-mode=AlwaysAllow",
  "--authorization-mode=RBAC",
  "--enable-admission-plugins=NodeRestriction,AlwaysAdmit",
  "--disable-admission-plugins=PodSecurity",
  "--disable-admission-plugins=NodeRestriction",
  "--token-auth-file=/etc/tokens",
  "--insecure-port=8080",
  "--insecure-bind-address=0.0.0.0",
  "--profiling=true",
  "--service-account-lookup=false",
  "--tls-min-version=VersionTLS10",
  "--tls-min-version=VersionTLS11",
  "--tls-cipher-suites=TLS_RSA_WITH_RC4_128_SHA",
  "--kubelet-https=false",
  "-profiling",
];

describeRules("rules about control planes run by Kamaji", {
  "kamaji-datastore-tls": {
    passes: { "a database with certificates": dataStore({ driver: "PostgreSQL" }) },
    breaks: {
      "no client certificate": dataStore({ tlsConfig: { certificateAuthority: keyPair("ca") } }),
      "no authority": dataStore({ tlsConfig: { clientCertificate: keyPair("client") } }),
    },
    undecided: { "settings that are not known": dataStore({ tlsConfig: UNKNOWN }) },
  },
  "kamaji-datastore-secret-ref": {
    breaks: {
      "the key of a certificate": dataStore({
        tlsConfig: { certificateAuthority: { certificate: { content: "LS0t" } }, clientCertificate: keyPair("client") },
      }),
    },
  },
  "kamaji-datastore-isolated": {
    passes: {
      "two stores": {
        resources: [hosted("a", "t-a", { dataStoreName: "one" }), hosted("b", "t-b", { dataStoreName: "two" })],
      },
      "Cluster API's object and Kamaji's of one control plane": {
        resources: [kamajiControlPlane({ dataStoreName: "acme" }), tenantControlPlane({})],
      },
    },
    breaks: {
      "no store": kamajiControlPlane({ dataStoreName: undefined }),
      "one schema for two": {
        resources: [hosted("a", "t-a", { dataStoreSchema: "x" }), hosted("b", "t-b", { dataStoreSchema: "x" })],
      },
      "one user for two": {
        resources: [hosted("a", "t-a", { dataStoreUsername: "x" }), hosted("b", "t-b", { dataStoreUsername: "x" })],
      },
      "the schema of another stack": {
        resources: [hosted("a", "t-a", { dataStoreSchema: "x" })],
        context: [hosted("b", "t-b", { dataStoreSchema: "x" })],
      },
      "SQL in a schema": hosted("a", "t-a", { dataStoreSchema: "x; DROP TABLE kine" }),
      "a store shared by those who must not": {
        resources: [hosted("a", "t-a", {}), hosted("b", "t-b", {})],
        params: { hostile: true },
      },
    },
  },
  "kamaji-extra-volumes": {
    passes: { "a Secret": volume({ secret: { secretName: "s" } }) },
    breaks: {
      hostPath: volume({ hostPath: { path: "/" } }),
      "a projected token": volume({ projected: { sources: [{ serviceAccountToken: { path: "t" } }] } }),
      emptyDir: volume({ emptyDir: {} }),
      "a claim": volume({ persistentVolumeClaim: { claimName: "c" } }),
      csi: volume({ csi: { driver: "d" } }),
      "no source": volume({}),
      "Kamaji's own name": deployed({ extraVolumes: [{ name: "etc-kubernetes-pki", configMap: { name: "x" } }] }),
      "Kamaji's own kind": tenantControlPlane({
        deployment: { additionalVolumes: [{ name: "h", hostPath: { path: "/" } }] },
      }),
      "a template": template({ deployment: { extraVolumes: [{ name: "h", hostPath: { path: "/" } }] } }),
    },
  },
  "kamaji-extra-containers": {
    passes: {
      "the pod's own user where Kamaji's kind sets one": tenantControlPlane({
        deployment: {
          podSecurityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
          additionalContainers: [
            container({ securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } } }),
          ],
        },
      }),
    },
    breaks: {
      "a host port": deployed({ extraContainers: [container({ ports: [{ hostPort: 80, containerPort: 80 }] })] }),
      "no dropped capabilities": sidecar({ capabilities: {} }),
      escalation: sidecar({ allowPrivilegeEscalation: true }),
      root: sidecar({ runAsNonRoot: false }),
      "no seccomp profile": sidecar({ seccompProfile: undefined }),
      "an init container": deployed({ extraInitContainers: [container({ securityContext: {} })] }),
    },
  },
  "kamaji-extra-args": {
    passes: Object.fromEntries(
      [
        ["safe values", apiServer("--anonymous-auth=false", "--authorization-mode=Node,RBAC", "--profiling=false")],
        ["what is switched off", apiServer("--insecure-port=0")],
        ["the loopback address", manager("--bind-address=127.0.0.1")],
        ["every address of the API server", apiServer("--bind-address=0.0.0.0")],
        ["strong suites", apiServer("--tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")],
      ].map(([what, given]) => [what as string, given as object]),
    ),
    breaks: {
      ...Object.fromEntries(FLAGS.map((flag) => [flag, apiServer(flag)])),
      "a value in the next argument": apiServer("--anonymous-auth", "true"),
      "a manager that listens everywhere": manager("--bind-address=0.0.0.0"),
      "a scheduler that listens everywhere": kamajiControlPlane({ scheduler: { extraArgs: ["--bind-address=::"] } }),
      "Kamaji's own kind": tenantControlPlane({ deployment: { extraArgs: { apiServer: ["--profiling=true"] } } }),
    },
    undecided: { "an argument that is not known": apiServer(UNKNOWN) },
  },
  "kamaji-replicas": {
    passes: {
      "two where no tier is said": kamajiControlPlane({ replicas: 2 }),
      "none: asleep": kamajiControlPlane({ replicas: 0 }),
      "Kamaji's default": kamajiControlPlane({ replicas: undefined }),
      "keeping apart by affinity": kamajiControlPlane({ deployment: { affinity: { podAntiAffinity: {} } } }),
    },
    breaks: {
      "two in production": { resources: [kamajiControlPlane({ replicas: 2 })], config: { tier: "production" } },
      "no spread": kamajiControlPlane({ deployment: {} }),
      "Kamaji's own kind": tenantControlPlane({ deployment: { replicas: 1 } }),
    },
    undecided: { "a number that is not known": kamajiControlPlane({ replicas: UNKNOWN }) },
  },
  "kamaji-sa-token": {
    passes: { "an account of the tenant": deployed({ serviceAccountName: "acme-control-plane" }) },
    breaks: {
      "an account of somebody else": deployed({ serviceAccountName: "kamaji-controller-manager" }),
      "Kamaji's own kind": tenantControlPlane({ deployment: { automountServiceAccountToken: true } }),
    },
  },
  "kamaji-lb-sources": {
    passes: { "an address within the cluster": network({}), "Kamaji's own kind": tenantControlPlane({}) },
    breaks: {
      "a node port": network({ serviceType: "NodePort" }),
      "the default type": network({ serviceType: undefined }),
      "the whole internet": network({
        serviceType: "LoadBalancer",
        loadBalancerConfig: { loadBalancerSourceRanges: ["0.0.0.0/0"] },
      }),
      "no name in the certificate": network({ certSANs: [] }),
      "Kamaji's own kind, open": tenantControlPlane({ service: { serviceType: "LoadBalancer" } }),
    },
    undecided: {
      "ranges that are not known": network({
        serviceType: "LoadBalancer",
        loadBalancerConfig: { loadBalancerSourceRanges: UNKNOWN },
      }),
    },
  },
  "kamaji-konnectivity": {
    passes: {
      "Kamaji's own choice of version": tunnel({}),
      "one minor behind": tunnel({ server: { version: "v0.33.0" } }),
    },
    breaks: {
      "the network of the node": tunnel({ agent: { hostNetwork: true } }),
      "a version after the cluster's": tunnel({ server: { version: "v0.35.0" } }),
      "a version of long ago": tunnel({ agent: { version: "v0.28.0" } }),
      "no exact version": tunnel({ agent: { version: "latest" } }),
    },
  },
  "kamaji-external-ref": {
    passes: { "no namespace, which is its own": deployed({ externalClusterReference: { kubeconfigSecretName: "x" } }) },
  },
  "kamaji-version": {
    passes: {
      "one minor further": {
        resources: [kamajiControlPlane({ version: "v1.34.1" })],
        params: { deployed: { "tenant-acme/acme": "v1.33.4" } },
      },
      "a template, which has none": template({}),
    },
    breaks: {
      "no v": kamajiControlPlane({ version: "1.34.1" }),
      "too old": kamajiControlPlane({ version: "v1.27.3" }),
      "too new": kamajiControlPlane({ version: "v1.99.0" }),
      "a pre-release": kamajiControlPlane({ version: "v1.34.0-rc.1" }),
      "a skipped minor": {
        resources: [kamajiControlPlane({ version: "v1.34.1" })],
        params: { deployed: { "tenant-acme/acme": "v1.32.4" } },
      },
      "the way back": {
        resources: [kamajiControlPlane({ version: "v1.34.1" })],
        params: { deployed: { "tenant-acme/acme": "v1.34.2" } },
      },
      "Kamaji's own kind": tenantControlPlane({ spec: { kubernetes: { version: "v1.34" } } }),
    },
    undecided: { "a version that is not known": kamajiControlPlane({ version: UNKNOWN }) },
  },
  "tenant-pod-security": {
    passes: {
      "Kamaji's own kind": tenantControlPlane({}),
      "somebody's namespace": { apiVersion: "v1", kind: "Namespace", metadata: { name: "x" } },
    },
    breaks: {
      "Kamaji's default list, which lacks NodeRestriction": kamajiControlPlane({ admissionControllers: undefined }),
      AlwaysAdmit: kamajiControlPlane({
        admissionControllers: [
          "PodSecurity",
          "NodeRestriction",
          "ResourceQuota",
          "LimitRanger",
          "ServiceAccount",
          "AlwaysAdmit",
        ],
      }),
      "a privileged namespace of a tenant": tenantNamespace({
        labels: { "firmament.example/tenant": "acme", "pod-security.kubernetes.io/enforce": "privileged" },
      }),
    },
  },
});
