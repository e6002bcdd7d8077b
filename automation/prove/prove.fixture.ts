import { NetworkPolicy } from "../../components/kubernetes/network-policy";
import { proofWorld, type ProofWorld, type Registered, type Workload } from "./world";

const tenant = (name: string): Registered[] => [
  { type: "kubernetes:core/v1:Namespace", props: { metadata: { name: `tenant-${name}`, labels: { tenant: name } } } },
  policy(`tenant-${name}`, "default-deny", {}),
  policy(`tenant-${name}`, "same-namespace", {
    egress: [{ to: [{ podSelector: {} }] }],
    ingress: [{ from: [{ podSelector: {} }] }],
  }),
  {
    type: "kubernetes:infrastructure.cluster.x-k8s.io/v1alpha1:KubevirtMachineTemplate",
    props: {
      metadata: {
        name: `${name}-pool`,
        namespace: `tenant-${name}`,
        labels: { "cluster.x-k8s.io/cluster-name": name },
      },
      spec: {
        template: { spec: { virtualMachineTemplate: { spec: { template: { metadata: { labels: { pool: "a" } } } } } } },
      },
    },
  },
  {
    type: "kubernetes:controlplane.cluster.x-k8s.io/v1alpha2:KamajiControlPlane",
    props: {
      metadata: { name, namespace: `tenant-${name}` },
      spec: { deployment: { podAdditionalMetadata: { labels: { own: "yes" } } } },
    },
  },
];

function policy(namespace: string, name: string, rules: object): Registered {
  const spec = { podSelector: {}, policyTypes: ["Ingress" as const, "Egress" as const], ...rules };
  const { metadata } = NetworkPolicy({ metadata: { name, namespace }, spec });
  return { type: "kubernetes:networking.k8s.io/v1:NetworkPolicy", props: { metadata, spec } };
}

const WORKLOADS: readonly Workload[] = [
  { chart: "store", name: "{{ .Values.name }}", labels: { app: "store", of: "{{ .Values.name }}" }, dataStore: true },
  { chart: "agent", name: "agent", labels: { app: "agent" }, dataStore: false },
  { chart: "agent", name: "agent-webhook", labels: { app: "webhook" }, dataStore: false },
];

const release = (name: string, values: object = {}): Registered[] => [
  { type: "kubernetes:core/v1:Namespace", props: { metadata: { name: `${name}-system` } } },
  {
    type: "kubernetes:helm.sh/v3:Release",
    props: { name, namespace: `${name}-system`, chart: `./charts/${name}.tgz`, values },
  },
];

/** A cloud with two tenants, a store of their state and an agent. */
export const world: ProofWorld = proofWorld(
  [...release("store", { name: "tenants" }), ...release("agent"), ...tenant("acme"), ...tenant("globex")],
  WORKLOADS,
  {
    nodes: [
      { name: "cp-1", address: "192.0.2.11", role: "controlplane" },
      { name: "worker-1", address: "192.0.2.21", role: "worker" },
      { name: "worker-2", address: "192.0.2.22", role: "worker" },
    ],
    networks: { pods: "10.244.0.0/16", join: "100.64.0.0/16", services: "10.96.0.0/16" },
    enforcer: "agent",
  },
);
