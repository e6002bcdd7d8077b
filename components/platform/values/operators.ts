import { budget, copies, type Installed, type PlatformFacts, type Values } from "../facts";

/** Where the API servers reach the webhooks of charts, behind their Services; the policies of networks open these. */
export const WEBHOOK_PORTS = {
  "cert-manager": 10260,
} as const;

/** Memory limits everywhere on hosts: see the note in cilium.ts. */
const SMALL = { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } };

/** What no controller needs: system calls outside the runtime's list, and more rights than it was started with. */
const FILTERED = { seccompProfile: { type: "RuntimeDefault" } };
const CONFINED = {
  ...FILTERED,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  capabilities: { drop: ["ALL"] },
};

export function certManagerValues(facts: PlatformFacts, { namespace }: Installed): Values {
  return {
    // not in kube-system, the chart's own choice: its rights end where its namespace does
    global: { leaderElection: { namespace } },
    crds: { enabled: true, keep: true },
    replicaCount: copies(facts),
    resources: SMALL,
    ...budget(facts),
    // 10250, the chart's own, is the kubelet's
    webhook: {
      replicaCount: copies(facts),
      securePort: WEBHOOK_PORTS["cert-manager"],
      // as long as the API server waits where nothing is said; the chart's own half a minute blocks whoever writes
      timeoutSeconds: 10,
      resources: SMALL,
      ...budget(facts),
    },
    cainjector: { replicaCount: copies(facts), resources: SMALL, ...budget(facts) },
    startupapicheck: { resources: SMALL },
  };
}

export function metallbValues(): Values {
  return {
    crds: { enabled: true },
    // addresses are announced in layer 2; routing daemons come with a setting for BGP peers
    frrk8s: { enabled: false },
    controller: {
      resources: SMALL,
      securityContext: { runAsNonRoot: true, runAsUser: 65534, fsGroup: 65534, ...FILTERED },
    },
    speaker: {
      resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "512Mi" } },
      securityContext: FILTERED,
    },
  };
}

export function snapshotControllerValues(facts: PlatformFacts): Values {
  return {
    installCRDs: true,
    controller: {
      replicaCount: copies(facts),
      resources: SMALL,
      securityContext: { ...CONFINED, runAsUser: 1000 },
      ...(copies(facts) > 1 ? { pdb: { maxUnavailable: 1 } } : {}),
    },
    webhook: { enabled: false },
  };
}

/** The operator alone: the LinstorCluster and the satellites' configuration are resources of this program. */
export function piraeusValues(facts: PlatformFacts): Values {
  return {
    installCRDs: true,
    replicaCount: copies(facts),
    operator: { resources: SMALL, securityContext: { ...CONFINED, runAsUser: 1000 } },
    tls: { autogenerate: true },
  };
}

/** Empty maps of providers: their namespaces and resources are this program's, not hooks that Helm forgets. */
export function clusterApiOperatorValues(facts: PlatformFacts): Values {
  return {
    core: {},
    bootstrap: {},
    controlPlane: {},
    infrastructure: {},
    replicaCount: copies(facts),
    resources: { manager: { requests: { cpu: "100m", memory: "100Mi" }, limits: { cpu: "500m", memory: "512Mi" } } },
    containerSecurityContext: { manager: CONFINED },
  };
}

export function kamajiCrdsValues(_facts: PlatformFacts, { namespace }: Installed): Values {
  return { kamajiNamespace: namespace };
}

/** The manager alone: the etcd that holds tenants' state is a release of its own, so that the two upgrade apart. */
export function kamajiValues(facts: PlatformFacts, { version }: Installed): Values {
  return {
    // upstream's chart names the image "latest"
    image: { tag: version, pullPolicy: "IfNotPresent" },
    replicaCount: copies(facts),
    "kamaji-etcd": { deploy: false },
    defaultDatastoreName: DATA_STORE,
    telemetry: { disabled: true },
    // upstream's 100Mi are exceeded by a handful of control planes
    resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { cpu: "500m", memory: "512Mi" } },
    securityContext: CONFINED,
  };
}

/** Name of the DataStore and of the etcd behind it. */
export const DATA_STORE = "tenants";

/** Members of that etcd: a majority must survive the loss of a machine in production. */
export function etcdMembers({ spec }: PlatformFacts): number {
  return spec.tier === "production" ? 3 : 1;
}

/** Volumes are local: etcd keeps its own copies, and a replicated disk under each would multiply them. */
export function kamajiEtcdValues(facts: PlatformFacts): Values {
  return {
    fullnameOverride: DATA_STORE,
    replicas: etcdMembers(facts),
    clusterDomain: facts.management.dnsDomain,
    persistentVolumeClaim: { size: "10Gi", storageClassName: "local" },
    resources: { requests: { cpu: "100m", memory: "512Mi" }, limits: { memory: "2Gi" } },
    // root, as the image has it: the volumes belong to root
    securityContext: { ...CONFINED, runAsNonRoot: false },
    selfSignedCertificates: { enabled: false },
    certManager: { enabled: true, issuerRef: { name: "selfsigned", kind: "ClusterIssuer", group: "cert-manager.io" } },
    datastore: { enabled: false },
  };
}
