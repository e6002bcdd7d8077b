import { CRD_MODULES } from "../../versions/crd-modules";
import { moduleId } from "./go-modules";

/**
 * Where the CRDs of the platform's components come from: the components' own Go modules, as their own tests have them
 * (envtest), so that the sandbox's API server accepts and refuses what a real one does.
 */
export interface CrdSource {
  readonly component: string;
  /** `path@version`; pinned by hash in versions/crd-modules.ts. */
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

/** `path@version` of a module, as Go's client takes it. */
const moduleOf = (name: keyof typeof CRD_MODULES): string => moduleId(CRD_MODULES[name]);

const contract = (version: string, api: string, provider: string) => ({
  [`cluster.x-k8s.io/${version}`]: api,
  "cluster.x-k8s.io/provider": provider,
});

export const CRD_SOURCES: readonly CrdSource[] = [
  {
    component: "cluster-api",
    module: moduleOf("cluster-api"),
    from: ["config/crd/bases"],
    labels: { ...contract("v1beta2", "v1beta2", "cluster-api"), "cluster.x-k8s.io/v1beta1": "v1beta1" },
    webhooks: { file: "config/webhook/manifests.yaml", prefix: "capi", namespace: "capi-system" },
  },
  {
    component: "cluster-api-bootstrap-kubeadm",
    module: moduleOf("cluster-api"),
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
    module: moduleOf("infrastructure-kubevirt"),
    from: ["config/crd/bases"],
    labels: contract("v1beta1", "v1alpha1", "infrastructure-kubevirt"),
    webhooks: { file: "config/webhook/manifests.yaml", prefix: "capk", namespace: "capk-system" },
  },
  {
    component: "cluster-api-control-plane-kamaji",
    module: moduleOf("control-plane-kamaji"),
    from: ["config/crd/bases"],
    labels: contract("v1beta2", "v1alpha2", "control-plane-kamaji"),
  },
  { component: "cluster-api-operator", module: moduleOf("cluster-api-operator"), from: ["config/crd/bases"] },
  { component: "cert-manager", module: moduleOf("cert-manager"), from: ["deploy/crds"] },
  { component: "metallb", module: moduleOf("metallb"), from: ["config/crd/bases"] },
  {
    component: "cilium",
    module: moduleOf("cilium"),
    from: ["pkg/k8s/apis/cilium.io/client/crds/v2", "pkg/k8s/apis/cilium.io/client/crds/v2alpha1"],
  },
  { component: "kube-ovn", module: moduleOf("kube-ovn"), from: ["charts/kube-ovn-v2/crds"] },
  {
    component: "snapshot-controller",
    module: moduleOf("snapshot-controller"),
    from: ["config/crd"],
  },
  {
    component: "multus",
    module: moduleOf("multus"),
    from: ["artifacts/networks-crd.yaml"],
  },
  { component: "gateway-api", module: moduleOf("gateway-api"), from: ["config/crd/standard"] },
  { component: "kamaji", module: moduleOf("kamaji"), from: ["config/crd/bases"] },
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
    what: `CRDs of Kamaji ${CRD_MODULES.kamaji.version}, older than the release that is installed on hardware`,
    why: "later releases are not served as Go modules",
  },
];
