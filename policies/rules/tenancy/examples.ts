import { container, object, podSpec } from "../../engine/library/examples";

type Fields = Readonly<Record<string, unknown>>;

/** Labels of everything that belongs to tenant acme. */
export const ACME = { "firmament.example/tenant": "acme" };

/** Any object of tenant acme, in its namespace. */
export function acmes(apiVersion: string, kind: string, fields: Fields = {}, metadata: Fields = {}): Fields {
  return object(apiVersion, kind, fields, { name: "acme", namespace: "tenant-acme", labels: ACME, ...metadata });
}

/** The namespace of tenant acme. */
export function tenantNamespace(metadata: Fields = {}): Fields {
  const labels = { ...ACME, "pod-security.kubernetes.io/enforce": "baseline" };
  return { apiVersion: "v1", kind: "Namespace", metadata: { name: "tenant-acme", labels, ...metadata } };
}

export function cluster(spec: Fields = {}, metadata: Fields = {}): Fields {
  return acmes(
    "cluster.x-k8s.io/v1beta2",
    "Cluster",
    {
      spec: {
        clusterNetwork: { pods: { cidrBlocks: ["10.16.0.0/16"] }, services: { cidrBlocks: ["10.17.0.0/16"] } },
        controlPlaneRef: { apiGroup: "controlplane.cluster.x-k8s.io", kind: "KamajiControlPlane", name: "acme" },
        infrastructureRef: { apiGroup: "infrastructure.cluster.x-k8s.io", kind: "KubevirtCluster", name: "acme" },
        ...spec,
      },
    },
    metadata,
  );
}

/** A control plane in pods of the management cluster. */
export function kamajiControlPlane(spec: Fields = {}, metadata: Fields = {}): Fields {
  return acmes(
    "controlplane.cluster.x-k8s.io/v1alpha2",
    "KamajiControlPlane",
    {
      spec: {
        version: "v1.34.1",
        replicas: 3,
        dataStoreName: "acme",
        admissionControllers: ["LimitRanger", "NodeRestriction", "PodSecurity", "ResourceQuota", "ServiceAccount"],
        addons: { konnectivity: { server: { version: "v0.34.0" }, agent: { version: "v0.34.0" } } },
        network: {
          serviceType: "LoadBalancer",
          certSANs: ["acme.example"],
          loadBalancerConfig: { loadBalancerSourceRanges: ["203.0.113.0/24"] },
        },
        deployment: deployment(),
        ...spec,
      },
    },
    metadata,
  );
}

/** How the pods of a control plane are deployed. */
export function deployment(changes: Fields = {}): Fields {
  return {
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: { "kamaji.clastix.io/name": "acme" } },
      },
    ],
    ...changes,
  };
}

const secretKey = (name: string, keyPath: string) => ({
  secretReference: { name, namespace: "kamaji-system", keyPath },
});

export function keyPair(name: string): Fields {
  return { certificate: secretKey(name, "tls.crt"), privateKey: secretKey(name, "tls.key") };
}

export function dataStore(spec: Fields = {}): Fields {
  return {
    apiVersion: "kamaji.clastix.io/v1alpha1",
    kind: "DataStore",
    metadata: { name: "acme" },
    spec: {
      driver: "etcd",
      endpoints: ["etcd-0.etcd.kamaji-system.svc:2379"],
      tlsConfig: { certificateAuthority: keyPair("etcd-ca"), clientCertificate: keyPair("etcd-client") },
      ...spec,
    },
  };
}

const POOL = { "cluster.x-k8s.io/cluster-name": "acme", "cluster.x-k8s.io/deployment-name": "acme-small" };

export function machineDeployment(spec: Fields = {}, template: Fields = {}, metadata: Fields = {}): Fields {
  return acmes(
    "cluster.x-k8s.io/v1beta2",
    "MachineDeployment",
    {
      spec: {
        clusterName: "acme",
        replicas: 2,
        selector: { matchLabels: POOL },
        rollout: { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } },
        template: {
          metadata: { labels: POOL },
          spec: { clusterName: "acme", version: "v1.34.1", deletion: { nodeDrainTimeoutSeconds: 600 }, ...template },
        },
        ...spec,
      },
    },
    { name: "acme-small", ...metadata },
  );
}

export function machineHealthCheck(spec: Fields = {}): Fields {
  return acmes("cluster.x-k8s.io/v1beta2", "MachineHealthCheck", {
    spec: {
      clusterName: "acme",
      selector: { matchLabels: POOL },
      checks: {
        nodeStartupTimeoutSeconds: 1200,
        unhealthyNodeConditions: [
          { type: "Ready", status: "Unknown", timeoutSeconds: 300 },
          { type: "Ready", status: "False", timeoutSeconds: 600 },
        ],
      },
      remediation: { triggerIf: { unhealthyLessThanOrEqualTo: "40%" } },
      ...spec,
    },
  });
}

export function networkPolicy(spec: Fields, metadata: Fields = {}): Fields {
  return acmes("networking.k8s.io/v1", "NetworkPolicy", { spec: { podSelector: {}, ...spec } }, metadata);
}

export function denyAll(): Fields {
  return networkPolicy({ policyTypes: ["Ingress", "Egress"] }, { name: "default-deny" });
}

/** A controller of the tenant that runs in the management cluster, with one container. */
export function tenantController(name: string, changes: Fields): Fields {
  const spec = podSpec({ containers: [container(changes)] });
  return acmes("apps/v1", "Deployment", { spec: { template: { spec } } }, { name });
}
