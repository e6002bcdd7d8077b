import type { ClusterSpec } from "./kinds/cluster-api";
import type { KamajiControlPlaneSpec } from "./kinds/kamaji-control-plane";
import type { KubevirtClusterManifest } from "./kinds/kubevirt-infrastructure";
import type { Manifest } from "../kubernetes/manifest";
import type { KubernetesVersion } from "../core/version";
import { CONTROL_PLANE } from "./capacity";
import { mirrored } from "../kubernetes/image-mirror";
import { KONNECTIVITY_PORT } from "./isolation-plan";
import { tenantLabels } from "./labels";
import { API_PORT, type TenantSpec } from "./tenant-spec";

export interface ControlPlanePlan {
  readonly cluster: Manifest<ClusterSpec>;
  readonly infrastructure: KubevirtClusterManifest;
  readonly controlPlane: Manifest<KamajiControlPlaneSpec>;
  /** Secret that holds the administrator's kubeconfig under the key `value`, once the control plane is ready. */
  readonly kubeconfigSecret: string;
}

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
export function planControlPlane(spec: TenantSpec): ControlPlanePlan {
  const { cluster, namespace } = spec;
  const metadata = { name: cluster, namespace, labels: tenantLabels(cluster) };
  return {
    // The provider deletes in the foreground by default: the garbage collector then takes control plane, infrastructure
    // and templates away at once, beneath Cluster API, whose machines cannot be deleted without them.
    cluster: {
      metadata: { ...metadata, annotations: { "pulumi.com/deletionPropagationPolicy": "background" } },
      spec: clusterSpec(spec),
    },
    infrastructure: {
      // makes the infrastructure provider leave endpoint and load balancer to the control plane's provider
      metadata: { ...metadata, annotations: { "cluster.x-k8s.io/managed-by": "kamaji" } },
    },
    controlPlane: {
      metadata: { ...metadata, annotations: { "pulumi.com/waitFor": JSON.stringify(readyAt(spec.version)) } },
      spec: controlPlaneSpec(spec),
    },
    kubeconfigSecret: `${cluster}-kubeconfig`,
  };
}

/**
 * Ready alone stays true while a new version rolls out; the version is reported once it runs. Nodes must not be told of
 * a version before that.
 */
function readyAt(version: KubernetesVersion): string[] {
  return ["jsonpath={.status.ready}=true", `jsonpath={.status.version}=${version}`];
}

function clusterSpec({ cluster, podCidr, serviceCidr, dnsDomain }: TenantSpec): ClusterSpec {
  return {
    clusterNetwork: {
      apiServerPort: API_PORT,
      pods: { cidrBlocks: [String(podCidr)] },
      services: { cidrBlocks: [String(serviceCidr)] },
      serviceDomain: dnsDomain,
    },
    controlPlaneRef: { apiGroup: "controlplane.cluster.x-k8s.io", kind: "KamajiControlPlane", name: cluster },
    infrastructureRef: { apiGroup: "infrastructure.cluster.x-k8s.io", kind: "KubevirtCluster", name: cluster },
  };
}

function controlPlaneSpec(spec: TenantSpec): KamajiControlPlaneSpec {
  const { cluster, namespace, controlPlane, imageRegistry } = spec;
  const registry = imageRegistry === undefined ? {} : { registry: imageRegistry };
  return {
    version: String(spec.version),
    replicas: controlPlane.replicas,
    dataStoreName: spec.dataStore,
    admissionControllers: [...ADMISSION],
    ...registry,
    kubelet: { cgroupfs: "systemd", preferredAddressTypes: ["InternalIP", "ExternalIP"] },
    network: {
      serviceType: controlPlane.serviceType,
      certSANs: [`${cluster}.${namespace}.svc`, ...controlPlane.certSANs],
      ...(controlPlane.allowedSources.length === 0
        ? {}
        : { loadBalancerConfig: { loadBalancerSourceRanges: controlPlane.allowedSources.map(String) } }),
    },
    addons: { coreDNS: coreDns(imageRegistry), konnectivity: konnectivity(spec) },
    apiServer: { resources: CONTROL_PLANE.apiServer },
    controllerManager: { resources: CONTROL_PLANE.controllerManager },
    scheduler: { resources: CONTROL_PLANE.scheduler },
    deployment: {
      podAdditionalMetadata: { labels: tenantLabels(cluster) },
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "kubernetes.io/hostname",
          whenUnsatisfiable: "ScheduleAnyway",
          labelSelector: { matchLabels: { "kamaji.clastix.io/name": cluster } },
        },
      ],
    },
  };
}

function coreDns(mirror: string | undefined): KamajiControlPlaneSpec["addons"]["coreDNS"] {
  return mirror === undefined ? {} : { imageRepository: `${mirror}/coredns` };
}

/** The API server's way to webhooks, logs and aggregated APIs in a network that the management cluster cannot route to. */
function konnectivity({ version, imageRegistry }: TenantSpec): KamajiControlPlaneSpec["addons"]["konnectivity"] {
  const pinned = `v0.${Math.min(version.minor, NEWEST_KONNECTIVITY)}.0`;
  const image = (name: string) =>
    imageRegistry === undefined ? {} : { image: mirrored(`registry.k8s.io/kas-network-proxy/${name}`, imageRegistry) };
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
