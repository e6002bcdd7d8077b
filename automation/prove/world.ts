import { fieldsOf, isFields, type Fields } from "../../components/core/fields";
import type { NetworkPolicySpec } from "../../components/kubernetes/network-policy";

/** A machine of the management cluster. */
export interface ProofNode {
  readonly name: string;
  readonly address: string;
  readonly role: "controlplane" | "worker";
}

/** What a pod is in a question. */
export type PodRole = "machine" | "control plane" | "data store" | "dns" | "platform";

export interface ProofPod {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly role: PodRole;
  /** The tenant that it belongs to; none for pods of the platform. */
  readonly tenant?: string;
}

export interface ProofPolicy {
  readonly namespace: string;
  readonly name: string;
  readonly spec: NetworkPolicySpec;
}

/** Of one cloud, all that decides which packets of pods arrive. */
export interface ProofWorld {
  readonly nodes: readonly ProofNode[];
  readonly namespaces: readonly { readonly name: string; readonly labels: Readonly<Record<string, string>> }[];
  readonly pods: readonly ProofPod[];
  readonly policies: readonly ProofPolicy[];
  readonly networks: { readonly pods: string; readonly join: string; readonly services: string };
  /** Component that enforces NetworkPolicies in that cloud. */
  readonly enforcer?: string;
}

/** A resource that a program registers. */
export interface Registered {
  readonly type: string;
  readonly props: Fields;
}

/** A workload of a chart whose pods are in the pod network, as the real chart has it. */
export interface Workload {
  readonly chart: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Whether it is what keeps the state of tenants. */
  readonly dataStore: boolean;
}

/** Cluster API's label on everything of a cluster, and the one that says what it is for. */
const CLUSTER = "cluster.x-k8s.io/cluster-name";
const ROLE = "cluster.x-k8s.io/role";
/** Kamaji's label on the pods of a control plane. */
const CONTROL_PLANE = "kamaji.clastix.io/name";

/**
 * What the programs of a cloud's stacks would deploy, as questions about packets see it. Namespaces and policies are
 * those that they register; pods are those that controllers make of what they register, with the labels that those put
 * on them (Cluster API's KubeVirt provider 0.11, Kamaji 26.8, and the charts).
 */
export function proofWorld(
  resources: readonly Registered[],
  workloads: readonly Workload[],
  more: Pick<ProofWorld, "nodes" | "networks" | "enforcer">,
): ProofWorld {
  const of = (type: RegExp) => resources.filter((each) => type.test(each.type)).map(({ props }) => props);
  const namespaces = of(/^kubernetes:core\/v1:Namespace$/).map(({ metadata }) => ({
    name: textOf(fieldsOf(metadata)["name"]),
    labels: texts(fieldsOf(metadata)["labels"]),
  }));
  const present = new Set(namespaces.map(({ name }) => name));
  const policies = of(/^kubernetes:networking\.k8s\.io\/v1:NetworkPolicy$/).map(({ metadata, spec }) => ({
    namespace: textOf(fieldsOf(metadata)["namespace"]),
    name: textOf(fieldsOf(metadata)["name"]),
    spec: policySpec(spec),
  }));
  return {
    ...more,
    namespaces,
    policies,
    pods: [
      ...of(/:KubevirtMachineTemplate$/).flatMap(machinePods),
      ...of(/:KamajiControlPlane$/).map(controlPlanePod),
      ...of(/^kubernetes:helm\.sh\/v3:Release$/)
        .filter(({ namespace }) => present.has(textOf(namespace)))
        .flatMap((release) => platformPods(release, workloads)),
      { namespace: "kube-system", name: "coredns", labels: { "k8s-app": "kube-dns" }, role: "dns" },
    ],
  };
}

/** Two, so that machines of one tenant have one to talk to. */
function machinePods({ metadata, spec }: Fields): ProofPod[] {
  const { name, namespace, labels } = fieldsOf(metadata);
  const tenant = texts(labels)[CLUSTER] ?? textOf(namespace);
  const virtualMachine = at(spec, [
    "template",
    "spec",
    "virtualMachineTemplate",
    "spec",
    "template",
    "metadata",
    "labels",
  ]);
  return [1, 2].map((number) => ({
    namespace: textOf(namespace),
    name: `${textOf(name)}-${number}`,
    labels: { ...texts(virtualMachine), "kubevirt.io": "virt-launcher", [CLUSTER]: tenant, [ROLE]: "worker" },
    role: "machine",
    tenant,
  }));
}

function controlPlanePod({ metadata, spec }: Fields): ProofPod {
  const { name, namespace } = fieldsOf(metadata);
  const labels = texts(at(spec, ["deployment", "podAdditionalMetadata", "labels"]));
  const tenant = textOf(name);
  return {
    namespace: textOf(namespace),
    name: `${tenant}-control-plane`,
    labels: { ...labels, [CONTROL_PLANE]: tenant },
    role: "control plane",
    tenant,
  };
}

function platformPods({ name, namespace, chart, values }: Fields, workloads: readonly Workload[]): ProofPod[] {
  const own = workloads.filter((each) => each.chart === textOf(name) || each.chart === textOf(chart));
  return own.map((workload) => ({
    namespace: textOf(namespace),
    name: filled(workload.name, values),
    labels: Object.fromEntries(Object.entries(workload.labels).map(([key, text]) => [key, filled(text, values)])),
    role: workload.dataStore ? "data store" : "platform",
  }));
}

/** A text with the values of the release that its template names. */
function filled(text: string, values: unknown): string {
  return text.replace(/\{\{ \.Values\.([\w.]+) \}\}/g, (_match, path: string) => textOf(at(values, path.split("."))));
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => fieldsOf(inner)[key], value);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function texts(value: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fieldsOf(value)).flatMap(([key, text]) => (typeof text === "string" ? [[key, text]] : [])),
  );
}

/** Programs register what {@link NetworkPolicySpec} describes; API servers check the rest. */
function policySpec(value: unknown): NetworkPolicySpec {
  if (!isFields(value)) throw new Error("a NetworkPolicy without spec");
  return value as unknown as NetworkPolicySpec;
}
