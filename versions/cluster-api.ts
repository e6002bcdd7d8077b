/** A release of a Cluster API provider. */
export interface ProviderRelease {
  /** Without its v. */
  readonly version: string;
  /** Image of its manager, without the tag, which is the version with its v. */
  readonly image: string;
  /** Go module that carries its CRDs and, where the sandbox runs it, its manager. */
  readonly module: string;
}

const CORE = { version: "1.13.5", module: "sigs.k8s.io/cluster-api" } as const;

/**
 * The providers of Cluster API. Their contracts must fit together: the core serves v1beta2, and the v1beta1 that the
 * infrastructure provider still speaks.
 */
export const CLUSTER_API_PROVIDERS = {
  core: { ...CORE, image: "registry.k8s.io/cluster-api/cluster-api-controller" },
  "bootstrap-kubeadm": { ...CORE, image: "registry.k8s.io/cluster-api/kubeadm-bootstrap-controller" },
  "control-plane-kamaji": {
    version: "0.20.0",
    image: "docker.io/clastix/cluster-api-control-plane-provider-kamaji",
    module: "github.com/clastix/cluster-api-control-plane-provider-kamaji",
  },
  "infrastructure-kubevirt": {
    version: "0.11.2",
    image: "quay.io/capk/capk-manager",
    module: "sigs.k8s.io/cluster-api-provider-kubevirt",
  },
  "control-plane-kubeadm": { ...CORE, image: "registry.k8s.io/cluster-api/kubeadm-control-plane-controller" },
  "infrastructure-vsphere": {
    version: "1.16.1",
    image: "registry.k8s.io/cluster-api-vsphere/cluster-api-vsphere-controller",
    module: "sigs.k8s.io/cluster-api-provider-vsphere",
  },
  "bootstrap-talos": {
    version: "0.6.12",
    image: "ghcr.io/siderolabs/cluster-api-talos-controller",
    module: "github.com/siderolabs/cluster-api-bootstrap-provider-talos",
  },
  "ipam-in-cluster": {
    version: "1.0.3",
    image: "registry.k8s.io/capi-ipam-ic/cluster-api-ipam-in-cluster-controller",
    module: "sigs.k8s.io/cluster-api-ipam-provider-in-cluster",
  },
  "addon-helm": {
    version: "0.6.4",
    image: "registry.k8s.io/cluster-api-helm/cluster-api-helm-controller",
    module: "sigs.k8s.io/cluster-api-addon-provider-helm",
  },
} as const satisfies Readonly<Record<string, ProviderRelease>>;
