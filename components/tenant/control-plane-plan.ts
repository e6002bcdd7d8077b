import type { ClusterSpec } from "./kinds/cluster-api";
import type { KamajiControlPlaneSpec } from "./kinds/kamaji-control-plane";
import type { KubevirtClusterManifest } from "./kinds/kubevirt-infrastructure";
import type { Manifest } from "../kubernetes/manifest";
import type { KubernetesVersion } from "../core/version";
import { apiServers, CONTROL_PLANE } from "./capacity";
import { mirrored } from "../kubernetes/image-mirror";
import { namespaceOf, tenantLabels, tenantMetadata } from "./names";
import { API_PORT, KONNECTIVITY_PORT } from "./ports";
import type { Tenant } from "./settings";

export interface ControlPlanePlan {
  readonly cluster: Manifest<ClusterSpec>;
  readonly infrastructure: KubevirtClusterManifest;
  readonly controlPlane: Manifest<KamajiControlPlaneSpec>;
  /** Secret that holds the administrator's kubeconfig under the key `value`, once the control plane is ready. */
  readonly kubeconfigSecret: string;
}

/** Registry of all images of a control plane. */
const UPSTREAM = "registry.k8s.io";

/** Newest minor whose konnectivity images are known to be published under Kamaji's naming, v0.<minor>.0. */
const NEWEST_KONNECTIVITY = 34;

/**
 * Admission plugins of a tenant's API server: Kamaji's own list, and the two it leaves out, without which a node may
 * change other nodes and a namespace's pod security labels mean nothing.
 */
const ADMISSION = [
  "CertificateApproval",
  "CertificateSigning",
  "CertificateSubjectRestriction",
  "DefaultIngressClass",
  "DefaultStorageClass",
  "DefaultTolerationSeconds",
  "LimitRanger",
  "MutatingAdmissionWebhook",
  "NamespaceLifecycle",
  "NodeRestriction",
  "PersistentVolumeClaimResize",
  "PodSecurity",
  "Priority",
  "ResourceQuota",
  "RuntimeClass",
  "ServiceAccount",
  "StorageObjectInUseProtection",
  "TaintNodesByCondition",
  "ValidatingAdmissionWebhook",
] as const;

/** The cluster, its control plane in pods and its infrastructure, all three of one name in one namespace. */
export function planControlPlane(tenant: Tenant): ControlPlanePlan {
  const metadata = tenantMetadata(tenant.name, tenant.name);
  return {
    // The provider deletes in the foreground by default: the garbage collector then takes control plane, infrastructure
    // and templates away at once, beneath Cluster API, whose machines cannot be deleted without them.
    cluster: {
      metadata: { ...metadata, annotations: { "pulumi.com/deletionPropagationPolicy": "background" } },
      spec: clusterSpec(tenant),
    },
    infrastructure: {
      // makes the infrastructure provider leave endpoint and load balancer to the control plane's provider
      metadata: { ...metadata, annotations: { "cluster.x-k8s.io/managed-by": "kamaji" } },
    },
    controlPlane: {
      metadata: {
        ...metadata,
        annotations: { "pulumi.com/waitFor": JSON.stringify(readyAt(tenant.kubernetesVersion)) },
      },
      spec: controlPlaneSpec(tenant),
    },
    kubeconfigSecret: `${tenant.name}-kubeconfig`,
  };
}

/**
 * Ready alone stays true while a new version rolls out; the version is reported once it runs. Nodes must not go
 * to a version before that.
 */
function readyAt(version: KubernetesVersion): string[] {
  return ["jsonpath={.status.ready}=true", `jsonpath={.status.version}=${version}`];
}

function clusterSpec({ name, network }: Tenant): ClusterSpec {
  return {
    clusterNetwork: {
      apiServerPort: API_PORT,
      pods: { cidrBlocks: [String(network.podCidr)] },
      services: { cidrBlocks: [String(network.serviceCidr)] },
      serviceDomain: network.dnsDomain,
    },
    controlPlaneRef: { apiGroup: "controlplane.cluster.x-k8s.io", kind: "KamajiControlPlane", name },
    infrastructureRef: { apiGroup: "infrastructure.cluster.x-k8s.io", kind: "KubevirtCluster", name },
  };
}

function controlPlaneSpec(tenant: Tenant): KamajiControlPlaneSpec {
  const { name, controlPlane, platform } = tenant;
  const { images } = platform.mirror;
  const registry = images === undefined ? {} : { registry: mirrored(UPSTREAM, images) };
  return {
    version: String(tenant.kubernetesVersion),
    replicas: apiServers(tenant),
    dataStoreName: platform.dataStore,
    admissionControllers: [...ADMISSION],
    ...registry,
    kubelet: { cgroupfs: "systemd", preferredAddressTypes: ["InternalIP", "ExternalIP"] },
    network: {
      serviceType: controlPlane.serviceType,
      certSANs: [`${name}.${namespaceOf(name)}.svc`, ...controlPlane.certSANs],
      ...(controlPlane.allowedSources.length === 0
        ? {}
        : { loadBalancerConfig: { loadBalancerSourceRanges: controlPlane.allowedSources.map(String) } }),
    },
    addons: { coreDNS: coreDns(images), konnectivity: konnectivity(tenant) },
    apiServer: { resources: CONTROL_PLANE.apiServer },
    controllerManager: { resources: CONTROL_PLANE.controllerManager },
    scheduler: { resources: CONTROL_PLANE.scheduler },
    deployment: {
      podAdditionalMetadata: { labels: tenantLabels(name) },
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "kubernetes.io/hostname",
          whenUnsatisfiable: "ScheduleAnyway",
          labelSelector: { matchLabels: { "kamaji.clastix.io/name": name } },
        },
      ],
    },
  };
}

function coreDns(mirror: string | undefined): KamajiControlPlaneSpec["addons"]["coreDNS"] {
  return mirror === undefined ? {} : { imageRepository: mirrored(`${UPSTREAM}/coredns`, mirror) };
}

/** The API server's way to webhooks, logs and aggregated APIs in a network that the management cluster cannot route to. */
function konnectivity(tenant: Tenant): KamajiControlPlaneSpec["addons"]["konnectivity"] {
  const { images } = tenant.platform.mirror;
  const pinned = `v0.${Math.min(tenant.kubernetesVersion.minor, NEWEST_KONNECTIVITY)}.0`;
  const image = (name: string) =>
    images === undefined ? {} : { image: mirrored(`${UPSTREAM}/kas-network-proxy/${name}`, images) };
  return {
    server: {
      port: KONNECTIVITY_PORT,
      version: pinned,
      ...image("proxy-server"),
      resources: CONTROL_PLANE.konnectivity,
    },
    agent: { version: pinned, ...image("proxy-agent"), mode: "DaemonSet" },
  };
}
