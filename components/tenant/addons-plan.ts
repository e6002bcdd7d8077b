import type { ChartArgs } from "./tenant-args";
import type { Endpoint } from "../kubernetes/kubeconfig";
import { mirrored } from "../kubernetes/image-mirror";
import { tenantLabels } from "./labels";
import type { TenantSpec } from "./tenant-spec";

/** Where the API answers: known only after deployment, so of whatever type stands for that. */
type Address = { readonly [field in keyof Pick<Endpoint, "host" | "port">]: unknown };

/** Name of the StorageClass inside the tenant; it is the default one there. */
const STORAGE_CLASS = "kubevirt";

/** Pod network of the tenant: the Helm release in its own API, without its values. */
export function planCni({ cniChart }: TenantSpec) {
  return { name: "cilium", namespace: "kube-system", ...chartSource(cniChart) };
}

/**
 * Values of Cilium inside a tenant, which reaches the API without Services: it is what provides them. Pods of the tenant travel through pods of the management cluster: the tunnel takes a port and
 * a packet size that fit into the outer network's own tunnel (VXLAN in VXLAN on one port is dropped).
 */
export function cniValues({ imageRegistry }: TenantSpec, { host, port }: Address): Record<string, unknown> {
  return {
    kubeProxyReplacement: true,
    k8sServiceHost: host,
    k8sServicePort: port,
    // nodes get their slice of the pod network from the control plane, which knows it already
    ipam: { mode: "kubernetes" },
    routingMode: "tunnel",
    tunnelProtocol: "vxlan",
    tunnelPort: 8473,
    MTU: 1350,
    enableIPv4Masquerade: true,
    hubble: { enabled: false },
    envoy: { enabled: false },
    // no namespace of copied Secrets: nothing here terminates TLS for others
    tls: { secretsNamespace: { create: false }, secretSync: { enabled: false } },
    resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "1Gi" } },
    initResources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "256Mi" } },
    operator: {
      replicas: 1,
      resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "256Mi" } },
      ...image("quay.io/cilium/operator", imageRegistry),
    },
    ...image("quay.io/cilium/cilium", imageRegistry),
  };
}

/** A mirror has its own digests where it repacks images; the version is pinned by the chart's. */
function image(repository: string, mirror: string | undefined): object {
  return mirror === undefined ? {} : { image: { repository: mirrored(repository, mirror), useDigest: false } };
}

/** The tenant's volumes: claims inside the tenant become volumes of `infraStorageClass` in the management cluster. */
export function planStorageClass({ cluster, infraStorageClass }: TenantSpec) {
  return {
    metadata: {
      name: STORAGE_CLASS,
      labels: tenantLabels(cluster),
      annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
    },
    provisioner: "csi.kubevirt.io",
    parameters: { infraStorageClassName: infraStorageClass, bus: "scsi" },
    reclaimPolicy: "Delete",
    volumeBindingMode: "WaitForFirstConsumer",
    allowVolumeExpansion: true,
  };
}

/** Repository settings of a Helm release. An oci:// repository is part of the chart's name. */
function chartSource({ repository, chart, version }: ChartArgs) {
  const oci = repository.startsWith("oci://");
  return {
    chart: oci ? `${repository.replace(/\/+$/, "")}/${chart}` : chart,
    version,
    ...(oci ? {} : { repositoryOpts: { repo: repository } }),
  };
}
