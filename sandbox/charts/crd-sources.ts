/**
 * Where the CRDs of the platform's components come from: the components' own Go modules, as their own tests have them
 * (envtest), so that the sandbox's API server accepts and refuses what a real one does.
 */
export interface CrdSource {
  readonly component: string;
  /** `path@version`; pinned by hash in crds.lock.json. */
  readonly module: string;
  /** Folders of the module with manifests (`*.yaml`), or files. */
  readonly from: readonly string[];
  /** Only CRDs of these plurals; all where it is left out. */
  readonly only?: readonly string[];
  /** Labels that upstream's kustomization adds: the contract between Cluster API and its providers. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly webhooks?: WebhookSource;
}

export interface WebhookSource {
  readonly file: string;
  /** What upstream's kustomization puts before every name. */
  readonly prefix: string;
  readonly namespace: string;
}

/** CRDs that no module carries as files: made from its Go types by controller-gen. */
export interface GeneratedCrds {
  /** Components the CRDs are for; the operator's own kind belongs to the chart, the rest is registered at run time. */
  readonly components: Readonly<Record<string, readonly string[]>>;
  readonly package: string;
  readonly options: string;
  /** Kinds whose status is a subresource; the operator says so, not the types. */
  readonly status: readonly string[];
}

const CAPI = "sigs.k8s.io/cluster-api@v1.13.5";

const contract = (version: string, api: string, provider: string) => ({
  [`cluster.x-k8s.io/${version}`]: api,
  "cluster.x-k8s.io/provider": provider,
});

export const CRD_SOURCES: readonly CrdSource[] = [
  {
    component: "cluster-api",
    module: CAPI,
    from: ["config/crd/bases"],
    labels: { ...contract("v1beta2", "v1beta2", "cluster-api"), "cluster.x-k8s.io/v1beta1": "v1beta1" },
    webhooks: { file: "config/webhook/manifests.yaml", prefix: "capi", namespace: "capi-system" },
  },
  {
    component: "cluster-api-bootstrap-kubeadm",
    module: CAPI,
    from: ["bootstrap/kubeadm/config/crd/bases"],
    labels: { ...contract("v1beta2", "v1beta2", "bootstrap-kubeadm"), "cluster.x-k8s.io/v1beta1": "v1beta1" },
    webhooks: {
      file: "bootstrap/kubeadm/config/webhook/manifests.yaml",
      prefix: "capi-kubeadm-bootstrap",
      namespace: "capi-kubeadm-bootstrap-system",
    },
  },
  {
    component: "cluster-api-infrastructure-kubevirt",
    module: "sigs.k8s.io/cluster-api-provider-kubevirt@v0.11.2",
    from: ["config/crd/bases"],
    labels: contract("v1beta1", "v1alpha1", "infrastructure-kubevirt"),
    webhooks: { file: "config/webhook/manifests.yaml", prefix: "capk", namespace: "capk-system" },
  },
  {
    component: "cluster-api-control-plane-kamaji",
    module: "github.com/clastix/cluster-api-control-plane-provider-kamaji@v0.20.0",
    from: ["config/crd/bases"],
    labels: contract("v1beta2", "v1alpha2", "control-plane-kamaji"),
  },
  { component: "cluster-api-operator", module: "sigs.k8s.io/cluster-api-operator@v0.28.0", from: ["config/crd/bases"] },
  { component: "cert-manager", module: "github.com/cert-manager/cert-manager@v1.20.2", from: ["deploy/crds"] },
  { component: "metallb", module: "go.universe.tf/metallb@v0.16.1", from: ["config/crd/bases"] },
  {
    component: "cilium",
    module: "github.com/cilium/cilium@v1.19.5",
    from: ["pkg/k8s/apis/cilium.io/client/crds/v2", "pkg/k8s/apis/cilium.io/client/crds/v2alpha1"],
  },
  { component: "kube-ovn", module: "github.com/kubeovn/kube-ovn@v1.16.2", from: ["charts/kube-ovn-v2/crds"] },
  {
    component: "snapshot-controller",
    module: "github.com/kubernetes-csi/external-snapshotter/client/v8@v8.6.0",
    from: ["config/crd"],
  },
  {
    component: "multus",
    module: "github.com/k8snetworkplumbingwg/network-attachment-definition-client@v1.7.7",
    from: ["artifacts/networks-crd.yaml"],
  },
  { component: "gateway-api", module: "sigs.k8s.io/gateway-api@v1.4.0", from: ["config/crd/standard"] },
  { component: "kamaji", module: "github.com/clastix/kamaji@v1.0.0", from: ["config/crd/bases"] },
];

/** The Go module, in this repository, that pins the packages below. */
export const TYPES_MODULE = "sandbox/offline/tools/kubevirt-apis";

export const GENERATED_CRDS: readonly GeneratedCrds[] = [
  {
    components: {
      "kubevirt-operator": ["kubevirts"],
      kubevirt: [
        "virtualmachines",
        "virtualmachineinstances",
        "virtualmachineinstancemigrations",
        "virtualmachineinstancepresets",
        "virtualmachineinstancereplicasets",
      ],
    },
    package: "kubevirt.io/api/core/v1",
    options: "crd:allowDangerousTypes=true,maxDescLen=0,generateEmbeddedObjectMeta=true",
    status: ["kubevirts", "virtualmachines", "virtualmachineinstancemigrations", "virtualmachineinstancereplicasets"],
  },
  {
    components: {
      "cdi-operator": ["cdis"],
      cdi: [
        "cdiconfigs",
        "dataimportcrons",
        "datasources",
        "datavolumes",
        "objecttransfers",
        "storageprofiles",
        "volumeclonesources",
        "volumeimportsources",
        "volumeuploadsources",
      ],
    },
    package: "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1",
    options: "crd:allowDangerousTypes=true,maxDescLen=0",
    // CDI has no endpoint for its status: its operator writes it with the object
    status: [],
  },
];

/** What in the bundle is not upstream's own, and why; said by `npm start` and in the README. */
export const SIMULATED: readonly { readonly component: string; readonly what: string; readonly why: string }[] = [
  {
    component: "piraeus",
    what: "structural CRDs with the fields that are commonly set",
    why: "the operator's Go module is not served by module proxies",
  },
  {
    component: "kamaji",
    what: "CRDs of Kamaji v1.0.0, older than the release that is installed on hardware",
    why: "later releases are not served as Go modules",
  },
];
