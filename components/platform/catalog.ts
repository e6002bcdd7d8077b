import type { Installed, PlatformFacts, Values } from "./facts";
import { ciliumValues } from "./components/cilium/values";
import { kubeOvnValues } from "./components/kube-ovn-v2/values";
import * as operators from "./values/operators";

/** Pod Security level that a namespace enforces. */
export type PodSecurity = "privileged" | "baseline" | "restricted";

/** One chart of the platform: what it is called, what has to be there first and what it is told. */
export interface CatalogEntry {
  /** Namespace of its release; charts that upstream expects side by side share one. */
  readonly namespace: NamespaceName;
  /** Charts and steps that must be finished before. */
  readonly needs: readonly StageName[];
  /** False only where its pods cannot become ready until a later chart is in. */
  readonly awaited: boolean;
  /** Seconds until an installation counts as failed. */
  readonly timeout: number;
  /**
   * Whether uninstalling the chart would take its CRDs, and with them every object of their kinds, along: such a
   * release is left in the cluster when it leaves the program.
   */
  readonly takesCrdsAlong?: boolean;
  readonly values: (facts: PlatformFacts, installed: Installed) => Values;
  /** Values that name images (path in dots → upstream's repository, or only its host), for a mirror. */
  readonly images: Readonly<Record<string, string>>;
}

/** Namespaces of the platform and the level that their pods need. */
export const NAMESPACES = {
  cilium: "privileged",
  "kube-ovn": "privileged",
  multus: "privileged",
  "metallb-system": "privileged",
  "cert-manager": "restricted",
  "snapshot-controller": "baseline",
  "piraeus-datastore": "privileged",
  kubevirt: "privileged",
  cdi: "baseline",
  "capi-operator-system": "baseline",
  "kamaji-system": "baseline",
  // providers of Cluster API keep their upstream namespaces: their role bindings name them
  "capi-system": "baseline",
  "capi-kubeadm-bootstrap-system": "baseline",
  "capk-system": "baseline",
} as const satisfies Record<string, PodSecurity>;

export type NamespaceName = keyof typeof NAMESPACES;

const MINUTES = 60;

/** Every chart, by its name; a release is called as its chart. */
export const CHARTS = {
  cilium: {
    namespace: "cilium",
    needs: [],
    // its agents wait for the device of Kube-OVN, which comes after it because its CNI configuration comes first
    awaited: false,
    timeout: 10 * MINUTES,
    values: ciliumValues,
    images: {
      "image.repository": "quay.io/cilium/cilium",
      "operator.image.repository": "quay.io/cilium/operator",
      "envoy.image.repository": "quay.io/cilium/cilium-envoy",
      "preflight.image.repository": "quay.io/cilium/cilium",
      "preflight.envoy.image.repository": "quay.io/cilium/cilium-envoy",
    },
  },
  "kube-ovn-v2": {
    namespace: "kube-ovn",
    needs: ["cilium"],
    awaited: true,
    timeout: 15 * MINUTES,
    values: kubeOvnValues,
    images: {
      "global.registry.address": "docker.io/kubeovn",
      "natGw.image.repository": "docker.io/kubeovn/vpc-nat-gateway",
      "natGw.bgpSpeaker.image.repository": "docker.io/kubeovn/kube-ovn",
    },
  },
  multus: {
    namespace: "multus",
    needs: ["kube-ovn-v2"],
    awaited: true,
    timeout: 10 * MINUTES,
    values: () => ({}),
    images: { imageRegistry: "ghcr.io" },
  },
  "cert-manager": {
    namespace: "cert-manager",
    needs: ["kube-ovn-v2"],
    awaited: true,
    timeout: 10 * MINUTES,
    values: operators.certManagerValues,
    images: { imageRegistry: "quay.io" },
  },
  metallb: {
    namespace: "metallb-system",
    needs: ["kube-ovn-v2"],
    awaited: true,
    timeout: 10 * MINUTES,
    takesCrdsAlong: true,
    values: operators.metallbValues,
    images: {
      "controller.image.repository": "quay.io/metallb/controller",
      "speaker.image.repository": "quay.io/metallb/speaker",
      "speaker.frr.image.repository": "quay.io/frrouting/frr",
    },
  },
  "snapshot-controller": {
    namespace: "snapshot-controller",
    needs: ["kube-ovn-v2"],
    awaited: true,
    timeout: 10 * MINUTES,
    takesCrdsAlong: true,
    values: operators.snapshotControllerValues,
    images: { "controller.image.repository": "registry.k8s.io/sig-storage/snapshot-controller" },
  },
  piraeus: {
    namespace: "piraeus-datastore",
    needs: ["kube-ovn-v2", "issuers", "snapshot-controller"],
    awaited: true,
    timeout: 10 * MINUTES,
    values: operators.piraeusValues,
    images: { "operator.image.repository": "quay.io/piraeusdatastore/piraeus-operator" },
  },
  "kubevirt-operator": {
    namespace: "kubevirt",
    needs: ["kube-ovn-v2"],
    awaited: true,
    timeout: 10 * MINUTES,
    values: () => ({}),
    images: { imageRegistry: "quay.io" },
  },
  "cdi-operator": {
    namespace: "cdi",
    needs: ["kube-ovn-v2"],
    awaited: true,
    timeout: 10 * MINUTES,
    values: () => ({}),
    images: { imageRegistry: "quay.io" },
  },
  "cluster-api-operator": {
    namespace: "capi-operator-system",
    needs: ["issuers"],
    awaited: true,
    timeout: 10 * MINUTES,
    takesCrdsAlong: true,
    values: operators.clusterApiOperatorValues,
    images: { "image.manager.repository": "registry.k8s.io/capi-operator/cluster-api-operator" },
  },
  "kamaji-crds": {
    namespace: "kamaji-system",
    needs: ["issuers"],
    awaited: true,
    timeout: 5 * MINUTES,
    takesCrdsAlong: true,
    values: operators.kamajiCrdsValues,
    images: {},
  },
  kamaji: {
    namespace: "kamaji-system",
    needs: ["kamaji-crds"],
    awaited: true,
    timeout: 10 * MINUTES,
    values: operators.kamajiValues,
    images: { "image.repository": "docker.io/clastix/kamaji" },
  },
  "kamaji-etcd": {
    namespace: "kamaji-system",
    needs: ["issuers", "storage-classes", "kamaji-crds"],
    awaited: true,
    timeout: 15 * MINUTES,
    values: operators.kamajiEtcdValues,
    images: {
      "image.repository": "quay.io/coreos/etcd",
      "jobs.cfssl.image": "docker.io/cfssl/cfssl",
      "jobs.kubectl.image": "docker.io/clastix/kubectl",
      "jobs.etcd.image": "quay.io/coreos/etcd",
    },
  },
} as const satisfies Record<string, Omit<CatalogEntry, "needs"> & { needs: readonly string[] }>;

export type ChartName = keyof typeof CHARTS;

/** Groups of custom resources that other things wait for, and what they need themselves. */
export const STEPS = {
  /** The cloud's certificate authority. */
  issuers: ["cert-manager"],
  /** Addresses for Services of type LoadBalancer. */
  "address-pools": ["metallb"],
  /** LINSTOR itself: its satellites on every storage node. */
  linstor: ["piraeus"],
  "storage-classes": ["linstor", "snapshot-controller"],
  /** Virtual machines can run. */
  virtualization: ["kubevirt-operator"],
  /** Disks can be imported. */
  "data-volumes": ["cdi-operator", "storage-classes"],
  /** Cluster API itself. */
  "cluster-api": ["cluster-api-operator"],
  "cluster-api-bootstrap": ["cluster-api"],
  "cluster-api-control-plane": ["cluster-api", "kamaji"],
  "cluster-api-infrastructure": ["cluster-api", "virtualization"],
  /** Where control planes of tenants keep their state. */
  "data-store": ["kamaji", "kamaji-etcd"],
} as const satisfies Record<string, readonly string[]>;

export type StepName = keyof typeof STEPS;
export type StageName = ChartName | StepName;

/** What has to be finished before a chart or a step begins. */
export function needsOf(stage: StageName): readonly StageName[] {
  return stage in STEPS ? STEPS[stage as StepName] : CHARTS[stage as ChartName].needs;
}
