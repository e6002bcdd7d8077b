import type { KubernetesVersion } from "../../../core/version";
import { mirrored } from "../../../kubernetes/image-mirror";
import type { TenantAddon } from "../../addon";
import { provided } from "../../addon-order";
import { admissionPlugins } from "../../admission-plugins";
import { apiServers, controlPlaneResources } from "../../capacity";
import type { Resources } from "../../kinds/pods";
import { awaited } from "../../life";
import { namespaceOf, tenantLabels, tenantMetadata } from "../../names";
import { API_PORT, KONNECTIVITY_PORT } from "../../ports";
import type { Tenant } from "../../settings";
import type { PlannedControlPlane } from "../control-plane-kind";
import { apiServerFiles, apiServerSpec, flagList } from "./api-server";
import type { KamajiControlPlaneSpec } from "./kinds";

/** Registry of all images of a control plane. */
const UPSTREAM = "registry.k8s.io";

/** Newest minor whose konnectivity images are known to be published under Kamaji's naming, v0.<minor>.0. */
const NEWEST_KONNECTIVITY = 34;

/** A control plane in pods, under the name of its cluster. */
export function planKamaji(
  tenant: Tenant,
  addons: readonly TenantAddon[] = [],
): PlannedControlPlane<KamajiControlPlaneSpec> {
  return {
    controlPlane: {
      apiVersion: "controlplane.cluster.x-k8s.io/v1alpha2",
      kind: "KamajiControlPlane",
      metadata: {
        ...tenantMetadata(tenant.name, tenant.name),
        annotations: awaited(tenant, tenant.hibernated ? ASLEEP : readyAt(tenant.kubernetesVersion)),
      },
      spec: controlPlaneSpec(tenant, addons),
    },
    apiServerFiles: apiServerFiles(tenant),
  };
}

/**
 * Ready alone stays true while a new version rolls out; the version is reported once it runs. Nodes must not go
 * to a version before that.
 */
function readyAt(version: KubernetesVersion): string[] {
  return ["jsonpath={.status.ready}=true", `jsonpath={.status.version}=${version}`];
}

/**
 * What a control plane without API servers reports. Kamaji calls it Sleeping (26.8, e2e/tcp_scale_test.go), which the
 * provider has no word for: it is not ready (v0.20.0, kamajicontrolplane_controller.go).
 */
const ASLEEP = ["jsonpath={.status.ready}=false", "jsonpath={.status.replicas}=0"];

function controlPlaneSpec(tenant: Tenant, addons: readonly TenantAddon[]): KamajiControlPlaneSpec {
  const { name, controlPlane, platform } = tenant;
  const { images } = platform.mirror;
  const registry = images === undefined ? {} : { registry: mirrored(UPSTREAM, images) };
  const resources = controlPlaneResources(tenant);
  const { apiServer, volumes } = apiServerSpec(tenant, resources.apiServer);
  return {
    version: String(tenant.kubernetesVersion),
    replicas: tenant.hibernated ? 0 : apiServers(tenant),
    dataStoreName: controlPlane.dataStore ?? platform.dataStore,
    admissionControllers: admissionPlugins(controlPlane.admission),
    ...registry,
    kubelet: { cgroupfs: "systemd", preferredAddressTypes: ["InternalIP", "ExternalIP"] },
    network: networkSpec(tenant),
    addons: {
      coreDNS: coreDns(images),
      ...kubeProxy(tenant, addons),
      konnectivity: konnectivity(tenant, resources.konnectivity),
    },
    apiServer,
    controllerManager: {
      resources: resources.controllerManager,
      ...flagList(controlPlane.controllerManager.extraArgs),
    },
    scheduler: { resources: resources.scheduler, ...flagList(controlPlane.scheduler.extraArgs) },
    deployment: {
      ...volumes,
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

/** How the API server is reached. Kamaji adds the names of ingress and gateway to its certificate. */
function networkSpec({ name, controlPlane }: Tenant): KamajiControlPlaneSpec["network"] {
  const { serviceType, allowedSources, certSANs, loadBalancer, ingress, gateway } = controlPlane;
  const config = {
    ...(loadBalancer?.class === undefined ? {} : { loadBalancerClass: loadBalancer.class }),
    ...(allowedSources.length === 0 ? {} : { loadBalancerSourceRanges: allowedSources.map(String) }),
  };
  return {
    serviceType,
    certSANs: [`${name}.${namespaceOf(name)}.svc`, ...certSANs],
    ...(Object.keys(config).length === 0 ? {} : { loadBalancerConfig: config }),
    // Kamaji's own address of a Service only says what it is; what gives out addresses reads its annotations
    ...(loadBalancer?.address === undefined
      ? {}
      : {
          serviceAnnotations: {
            "metallb.io/loadBalancerIPs": loadBalancer.address,
            "lbipam.cilium.io/ips": loadBalancer.address,
          },
        }),
    ...(ingress === undefined
      ? {}
      : {
          ingress: {
            className: ingress.className,
            hostname: `${ingress.host}:${ingress.port}`,
            ...(Object.keys(ingress.annotations).length === 0 ? {} : { extraAnnotations: ingress.annotations }),
          },
        }),
    ...(gateway === undefined
      ? {}
      : {
          gateway: {
            hostname: `${gateway.host}:${API_PORT}`,
            name: gateway.name,
            namespace: gateway.gatewayNamespace,
          },
        }),
  };
}

function coreDns(mirror: string | undefined): KamajiControlPlaneSpec["addons"]["coreDNS"] {
  return mirror === undefined ? {} : { imageRepository: mirrored(`${UPSTREAM}/coredns`, mirror) };
}

/** Where the pod network does not serve Services itself. */
function kubeProxy(
  { platform, addons: { ownPodNetwork } }: Tenant,
  addons: readonly TenantAddon[],
): Pick<KamajiControlPlaneSpec["addons"], "kubeProxy"> {
  if (provided(addons).has("service-proxy") || (ownPodNetwork.enabled && !ownPodNetwork.kubeProxy)) return {};
  const { images } = platform.mirror;
  return { kubeProxy: images === undefined ? {} : { imageRepository: mirrored(UPSTREAM, images) } };
}

/** The API server's way to webhooks, logs and aggregated APIs in a network that the management cluster cannot route to. */
function konnectivity(tenant: Tenant, resources: Resources): KamajiControlPlaneSpec["addons"]["konnectivity"] {
  const { images } = tenant.platform.mirror;
  const published = `v0.${Math.min(tenant.kubernetesVersion.minor, NEWEST_KONNECTIVITY)}.0`;
  const pinned = tenant.controlPlane.konnectivity.version ?? published;
  const image = (name: string) =>
    images === undefined ? {} : { image: mirrored(`${UPSTREAM}/kas-network-proxy/${name}`, images) };
  return {
    server: {
      port: KONNECTIVITY_PORT,
      version: pinned,
      ...image("proxy-server"),
      resources,
    },
    agent: { version: pinned, ...image("proxy-agent"), mode: "DaemonSet" },
  };
}
