/**
 * What the sandbox installs in place of each chart of the lock: the real CRDs where the real chart has them, and its
 * workloads by their real names and labels, with containers that do nothing (no kubelet would run them anyway).
 */
export interface StandInChart {
  /** Component of the CRD bundle, and where the real chart keeps its CRDs. */
  readonly crds?: { readonly component: string; readonly place: CrdPlace; readonly when?: string };
  readonly workloads: readonly Workload[];
  /** Further objects: those that other parts of the platform name. */
  readonly objects?: readonly object[];
}

/**
 * `crds`: Helm installs them first and never removes or upgrades them. `templates`: as any other object, gone with the
 * release. `kept`: as templates, but left in the cluster.
 */
export type CrdPlace = "crds" | "templates" | "kept";

export interface Workload {
  readonly kind: "Deployment" | "DaemonSet" | "StatefulSet";
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Template expression for the number of copies. Default 1. */
  readonly replicas?: string;
  /** Whether the chart guards its copies by a PodDisruptionBudget, as the real one does with the platform's values. */
  readonly budget?: true;
  /** Template condition under which it is there at all. */
  readonly when?: string;
  /** Runs in the host's network, on nodes that are not ready yet. */
  readonly host?: true;
  readonly nodeSelector?: Readonly<Record<string, string>>;
}

/** A value of the chart, or 1. Intermediate maps may be missing: stand-ins have no values of their own. */
const value = (path: string): string => {
  const keys = path.split(".");
  const map = keys.slice(0, -1).reduce((inner, key) => `(${inner}.${key} | default dict)`, ".Values");
  return `{{ ${map}.${keys.at(-1)} | default 1 }}`;
};

const named = (name: string) => ({ "app.kubernetes.io/name": name });
const onControlPlanes = { "node-role.kubernetes.io/control-plane": "" };

export const STAND_IN_CHARTS: Readonly<Record<string, StandInChart>> = {
  cilium: {
    // the real operator registers them when it starts; nothing else would here
    crds: { component: "cilium", place: "crds" },
    workloads: [
      { kind: "DaemonSet", name: "cilium", labels: { "k8s-app": "cilium" }, host: true },
      {
        kind: "DaemonSet",
        name: "cilium-envoy",
        labels: { "k8s-app": "cilium-envoy" },
        when: "(.Values.envoy | default dict).enabled",
        host: true,
      },
      {
        kind: "Deployment",
        name: "cilium-operator",
        labels: { "io.cilium/app": "operator", name: "cilium-operator" },
        replicas: value("operator.replicas"),
        budget: true,
        host: true,
      },
    ],
  },
  "kube-ovn-v2": {
    crds: { component: "kube-ovn", place: "crds" },
    workloads: [
      {
        kind: "Deployment",
        name: "ovn-central",
        labels: { app: "ovn-central" },
        replicas: "{{ len (.Values.masterNodes | default (list 1)) }}",
        host: true,
        nodeSelector: onControlPlanes,
      },
      {
        kind: "Deployment",
        name: "kube-ovn-controller",
        labels: { app: "kube-ovn-controller" },
        replicas: "{{ len (.Values.masterNodes | default (list 1)) }}",
        host: true,
      },
      { kind: "Deployment", name: "kube-ovn-monitor", labels: { app: "kube-ovn-monitor" }, host: true },
      { kind: "DaemonSet", name: "ovs-ovn", labels: { app: "ovs" }, host: true },
      { kind: "DaemonSet", name: "kube-ovn-cni", labels: { app: "kube-ovn-cni" }, host: true },
      { kind: "DaemonSet", name: "kube-ovn-pinger", labels: { app: "kube-ovn-pinger" } },
    ],
  },
  multus: {
    crds: { component: "multus", place: "kept" },
    workloads: [{ kind: "DaemonSet", name: "kube-multus-ds", labels: { name: "multus" }, host: true }],
  },
  "cert-manager": {
    crds: { component: "cert-manager", place: "kept", when: "(.Values.crds | default dict).enabled" },
    workloads: [
      {
        kind: "Deployment",
        name: "cert-manager",
        labels: named("cert-manager"),
        replicas: value("replicaCount"),
        budget: true,
      },
      {
        kind: "Deployment",
        name: "cert-manager-webhook",
        labels: named("webhook"),
        replicas: value("webhook.replicaCount"),
        budget: true,
      },
      {
        kind: "Deployment",
        name: "cert-manager-cainjector",
        labels: named("cainjector"),
        replicas: value("cainjector.replicaCount"),
        budget: true,
      },
    ],
  },
  metallb: {
    crds: { component: "metallb", place: "templates", when: "(.Values.crds | default dict).enabled" },
    workloads: [
      {
        kind: "Deployment",
        name: "metallb-controller",
        labels: { ...named("metallb"), "app.kubernetes.io/component": "controller" },
      },
      {
        kind: "DaemonSet",
        name: "metallb-speaker",
        labels: { ...named("metallb"), "app.kubernetes.io/component": "speaker" },
        host: true,
      },
    ],
  },
  "snapshot-controller": {
    crds: { component: "snapshot-controller", place: "templates", when: ".Values.installCRDs" },
    workloads: [
      {
        kind: "Deployment",
        name: "snapshot-controller",
        labels: named("snapshot-controller"),
        replicas: value("controller.replicaCount"),
        budget: true,
      },
    ],
  },
  piraeus: {
    crds: { component: "piraeus", place: "kept", when: ".Values.installCRDs" },
    workloads: [
      {
        kind: "Deployment",
        name: "piraeus-controller-manager",
        labels: { ...named("piraeus"), "app.kubernetes.io/component": "piraeus-operator" },
        replicas: value("replicaCount"),
      },
    ],
  },
  "kubevirt-operator": {
    crds: { component: "kubevirt-operator", place: "kept" },
    workloads: [
      { kind: "Deployment", name: "virt-operator", labels: { "kubevirt.io": "virt-operator" }, replicas: "2" },
    ],
  },
  "cdi-operator": {
    crds: { component: "cdi-operator", place: "kept" },
    workloads: [{ kind: "Deployment", name: "cdi-operator", labels: { name: "cdi-operator" } }],
  },
  "cluster-api-operator": {
    crds: { component: "cluster-api-operator", place: "templates" },
    workloads: [
      {
        kind: "Deployment",
        name: "cluster-api-operator",
        labels: { "clusterctl.cluster.x-k8s.io/core": "capi-operator", "control-plane": "controller-manager" },
        replicas: value("replicaCount"),
      },
    ],
  },
  "kamaji-crds": { crds: { component: "kamaji", place: "kept" }, workloads: [] },
  kamaji: {
    workloads: [
      {
        kind: "Deployment",
        name: "kamaji",
        labels: { ...named("kamaji"), "app.kubernetes.io/component": "controller-manager" },
        replicas: value("replicaCount"),
      },
    ],
  },
  "kamaji-etcd": {
    // without volumes: there is no disk behind the sandbox's storage
    workloads: [
      {
        kind: "StatefulSet",
        name: "{{ .Values.fullnameOverride }}",
        labels: { ...named("kamaji-etcd"), "app.kubernetes.io/instance": "{{ .Values.fullnameOverride }}" },
        replicas: value("replicas"),
      },
    ],
    objects: [certificate("ca", true), certificate("client-certs", false)],
  },
};

/** What the DataStore names: the real chart has them issued in the same way. */
function certificate(suffix: string, isCA: boolean): object {
  const name = `{{ .Values.fullnameOverride }}-${suffix}`;
  return {
    apiVersion: "cert-manager.io/v1",
    kind: "Certificate",
    metadata: { name },
    spec: {
      isCA,
      commonName: isCA ? name : "root",
      secretName: name,
      issuerRef: { name: "{{ .Values.certManager.issuerRef.name }}", kind: "ClusterIssuer", group: "cert-manager.io" },
    },
  };
}
