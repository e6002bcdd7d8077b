import { CLUSTER_API_PROVIDERS } from "../../../../versions/cluster-api";
import { CRD_MODULES } from "../../../../versions/crd-modules";
import { type ChartSandbox, chartValue, type ComponentSandbox, type FakeProvider } from "../../sandbox";

const contract = (version: string, api: string, provider: string) => ({
  [`cluster.x-k8s.io/${version}`]: api,
  "cluster.x-k8s.io/provider": provider,
});

const release = (name: keyof typeof CLUSTER_API_PROVIDERS): Pick<FakeProvider, "version" | "contract"> => ({
  version: `v${CLUSTER_API_PROVIDERS[name].version}`,
  contract: "v1beta2",
});

/** The operator itself, and the providers that it installs: sandbox/fakes/internal/operator. */
export const SANDBOX: ComponentSandbox = {
  crds: [
    {
      bundle: "cluster-api",
      module: CRD_MODULES["cluster-api"],
      from: ["config/crd/bases"],
      labels: { ...contract("v1beta2", "v1beta2", "cluster-api"), "cluster.x-k8s.io/v1beta1": "v1beta1" },
      webhooks: { file: "config/webhook/manifests.yaml", prefix: "capi", namespace: "capi-system" },
    },
    {
      bundle: "cluster-api-bootstrap-kubeadm",
      module: CRD_MODULES["cluster-api"],
      from: ["bootstrap/kubeadm/config/crd/bases"],
      labels: { ...contract("v1beta2", "v1beta2", "bootstrap-kubeadm"), "cluster.x-k8s.io/v1beta1": "v1beta1" },
      webhooks: {
        file: "bootstrap/kubeadm/config/webhook/manifests.yaml",
        prefix: "capi-kubeadm-bootstrap",
        namespace: "capi-kubeadm-bootstrap-system",
      },
    },
    {
      bundle: "cluster-api-infrastructure-kubevirt",
      module: CRD_MODULES["infrastructure-kubevirt"],
      from: ["config/crd/bases"],
      labels: contract("v1beta1", "v1alpha1", "infrastructure-kubevirt"),
      webhooks: { file: "config/webhook/manifests.yaml", prefix: "capk", namespace: "capk-system" },
    },
    {
      bundle: "cluster-api-control-plane-kamaji",
      module: CRD_MODULES["control-plane-kamaji"],
      from: ["config/crd/bases"],
      labels: contract("v1beta2", "v1alpha2", "control-plane-kamaji"),
    },
    {
      bundle: "cluster-api-operator",
      module: CRD_MODULES["cluster-api-operator"],
      from: ["config/crd/bases"],
    },
  ],
  providers: [
    {
      kind: "CoreProvider",
      name: "cluster-api",
      bundle: "cluster-api",
      ...release("core"),
      prefix: "capi-",
      label: "cluster-api",
      tool: "capi-core",
      gates: { MachinePool: true, MachineSetPreflightChecks: true, ReconcilerRateLimiting: true },
    },
    {
      kind: "BootstrapProvider",
      name: "kubeadm",
      bundle: "cluster-api-bootstrap-kubeadm",
      ...release("bootstrap-kubeadm"),
      prefix: "capi-kubeadm-bootstrap-",
      label: "bootstrap-kubeadm",
      tool: "capi-kubeadm-bootstrap",
      gates: { MachinePool: true },
    },
    {
      kind: "ControlPlaneProvider",
      name: "kamaji",
      bundle: "cluster-api-control-plane-kamaji",
      ...release("control-plane-kamaji"),
      prefix: "capi-kamaji-",
      label: "control-plane-kamaji",
    },
    {
      kind: "InfrastructureProvider",
      name: "kubevirt",
      bundle: "cluster-api-infrastructure-kubevirt",
      ...release("infrastructure-kubevirt"),
      prefix: "capk-",
      label: "kubevirt",
      tool: "capk",
      gates: { MachinePool: false },
    },
  ],
};

export const CHART_SANDBOX: ChartSandbox = {
  crds: { component: "cluster-api-operator", place: "templates" },
  workloads: [
    {
      kind: "Deployment",
      name: "cluster-api-operator",
      labels: { "clusterctl.cluster.x-k8s.io/core": "capi-operator", "control-plane": "controller-manager" },
      replicas: chartValue("replicaCount"),
    },
  ],
};
