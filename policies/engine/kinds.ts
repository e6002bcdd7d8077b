/** Group, version and kind of a Kubernetes object; the core group is called `core`. */
export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** Parts of the kubernetes package that are no objects of the API but ways to make some. */
const MAKERS: ReadonlySet<string> = new Set(["helm.sh", "yaml", "kustomize"]);

/** Where kinds live that are found stated with a group they left, with no group, or in other letters. */
const HOMES: Readonly<Record<string, string>> = {
  core: "Pod PodTemplate ReplicationController Service ServiceAccount ConfigMap Secret Namespace ResourceQuota LimitRange Endpoints PersistentVolume PersistentVolumeClaim",
  apps: "Deployment StatefulSet DaemonSet ReplicaSet",
  batch: "Job CronJob",
  autoscaling: "HorizontalPodAutoscaler",
  policy: "PodDisruptionBudget PodSecurityPolicy",
  "networking.k8s.io": "Ingress IngressClass NetworkPolicy",
  "rbac.authorization.k8s.io": "Role ClusterRole RoleBinding ClusterRoleBinding",
  "admissionregistration.k8s.io": "ValidatingWebhookConfiguration MutatingWebhookConfiguration",
  "storage.k8s.io": "StorageClass",
};

/** Key of each of these kinds by its name in lower case. */
const HOME: ReadonlyMap<string, string> = new Map(
  Object.entries(HOMES).flatMap(([group, kinds]) =>
    kinds.split(" ").map((kind): [string, string] => [kind.toLowerCase(), `${group}/${kind}`]),
  ),
);

/** Groups in which a kind of that name can mean nothing else; foreign CRDs may well call theirs Service or Role. */
const HOMELESS: ReadonlySet<string> = new Set([...Object.keys(HOMES), "extensions"]);

/** `apps/v1` → group and version; `v1` and `core/v1` are the core group. */
export function parseApiVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.lastIndexOf("/");
  if (slash < 0)
    return MAKERS.has(apiVersion) ? { group: apiVersion, version: "" } : { group: "core", version: apiVersion };
  const group = apiVersion.slice(0, slash);
  return { group: group === "" ? "core" : group, version: apiVersion.slice(slash + 1) };
}

/**
 * What the token of a resource type says: `kubernetes:apps/v1:DeploymentPatch` is a Deployment of apps/v1. Undefined
 * for other packages.
 */
export function parseToken(type: string): GroupVersionKind | undefined {
  if (!type.startsWith("kubernetes:")) return undefined;
  const [, apiVersion, name] = type.split(":");
  if (apiVersion === undefined || name === undefined) return undefined;
  return { ...parseApiVersion(apiVersion), kind: withoutPatch(name) };
}

/** Every kind has a second type that patches an object of another owner. */
function withoutPatch(kind: string): string {
  return kind.length > "Patch".length && kind.endsWith("Patch") ? kind.slice(0, -"Patch".length) : kind;
}

/**
 * The kind that rules are written for: versions do not matter, and kinds that moved between groups are found where
 * they are today. `core/Pod`, `apps/Deployment`, `cluster.x-k8s.io/Cluster`.
 *
 * What the API server would refuse for its group or for the case of its letters (`v1` Deployment, ClusterRolebinding)
 * is evaluated as what it is meant to be: it is refused only once it gets there, and corrected without another look.
 */
export function kindKey({ group, kind }: Pick<GroupVersionKind, "group" | "kind">): string {
  const home = HOMELESS.has(group) ? HOME.get(kind.toLowerCase()) : undefined;
  return home ?? `${group}/${kind}`;
}

/** True for Release, Chart, ConfigGroup and the like. */
export function isMaker(group: string): boolean {
  return MAKERS.has(group);
}

const CLUSTER_SCOPED: ReadonlySet<string> = new Set([
  "core/Namespace",
  "core/Node",
  "core/PersistentVolume",
  "core/ComponentStatus",
  "rbac.authorization.k8s.io/ClusterRole",
  "rbac.authorization.k8s.io/ClusterRoleBinding",
  "apiextensions.k8s.io/CustomResourceDefinition",
  "apiregistration.k8s.io/APIService",
  "admissionregistration.k8s.io/MutatingWebhookConfiguration",
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy",
  "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding",
  "admissionregistration.k8s.io/MutatingAdmissionPolicy",
  "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding",
  "storage.k8s.io/StorageClass",
  "storage.k8s.io/VolumeAttachment",
  "storage.k8s.io/CSIDriver",
  "storage.k8s.io/CSINode",
  "storage.k8s.io/VolumeAttributesClass",
  "scheduling.k8s.io/PriorityClass",
  "node.k8s.io/RuntimeClass",
  "networking.k8s.io/IngressClass",
  "networking.k8s.io/IPAddress",
  "networking.k8s.io/ServiceCIDR",
  "certificates.k8s.io/CertificateSigningRequest",
  "certificates.k8s.io/ClusterTrustBundle",
  "flowcontrol.apiserver.k8s.io/FlowSchema",
  "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration",
  "authentication.k8s.io/TokenReview",
  "authentication.k8s.io/SelfSubjectReview",
  "authorization.k8s.io/SubjectAccessReview",
  "authorization.k8s.io/SelfSubjectAccessReview",
  "authorization.k8s.io/SelfSubjectRulesReview",
  "resource.k8s.io/DeviceClass",
  "resource.k8s.io/ResourceSlice",
  "policy/PodSecurityPolicy",
  "gateway.networking.k8s.io/GatewayClass",
  "snapshot.storage.k8s.io/VolumeSnapshotClass",
  "snapshot.storage.k8s.io/VolumeSnapshotContent",
  "cilium.io/CiliumClusterwideNetworkPolicy",
  "cilium.io/CiliumIdentity",
  "cilium.io/CiliumNode",
  "cilium.io/CiliumLoadBalancerIPPool",
  "cilium.io/CiliumCIDRGroup",
  "cert-manager.io/ClusterIssuer",
  "kamaji.clastix.io/DataStore",
  "cdi.kubevirt.io/CDI",
  "cdi.kubevirt.io/CDIConfig",
  "cdi.kubevirt.io/StorageProfile",
  "instancetype.kubevirt.io/VirtualMachineClusterInstancetype",
  "instancetype.kubevirt.io/VirtualMachineClusterPreference",
  "migrations.kubevirt.io/MigrationPolicy",
  "piraeus.io/LinstorCluster",
  "piraeus.io/LinstorSatellite",
  "piraeus.io/LinstorSatelliteConfiguration",
  "piraeus.io/LinstorNodeConnection",
  "kubeovn.io/Vpc",
  "kubeovn.io/Subnet",
  "kubeovn.io/Vlan",
  "kubeovn.io/ProviderNetwork",
  "kubeovn.io/IP",
  "kubeovn.io/IPPool",
  "kubeovn.io/VpcDns",
  "kubeovn.io/VpcNatGateway",
  "kubeovn.io/SecurityGroup",
  "kubeovn.io/IptablesEIP",
  "kubeovn.io/IptablesFIPRule",
  "kubeovn.io/IptablesDnatRule",
  "kubeovn.io/IptablesSnatRule",
  "kubeovn.io/OvnEip",
  "kubeovn.io/OvnFip",
  "kubeovn.io/OvnSnatRule",
  "kubeovn.io/OvnDnatRule",
  "kubeovn.io/SwitchLBRule",
  "kyverno.io/ClusterPolicy",
  "templates.gatekeeper.sh/ConstraintTemplate",
  "policy.networking.k8s.io/AdminNetworkPolicy",
  "policy.networking.k8s.io/BaselineAdminNetworkPolicy",
]);

/** The core group has no name, and so has everything that borrows the form: Talos' documents, kubectl's own files. */
const NAMESPACED_CORE = new Set([...(HOMES["core"] ?? "").split(" "), "Binding", "Event"]);

/** Groups whose every kind that is not listed above is namespaced. */
const NAMESPACED_GROUPS =
  /^(apps|batch|autoscaling|policy|extensions|discovery\.k8s\.io|coordination\.k8s\.io|events\.k8s\.io|networking\.k8s\.io|rbac\.authorization\.k8s\.io|storage\.k8s\.io|resource\.k8s\.io|gateway\.networking\.k8s\.io|snapshot\.storage\.k8s\.io|cilium\.io|cert-manager\.io|metallb\.io|kubevirt\.io|cdi\.kubevirt\.io|kamaji\.clastix\.io|k8s\.cni\.cncf\.io|cluster\.x-k8s\.io|.*\.cluster\.x-k8s\.io)$/;

export type Scope = "cluster" | "namespaced" | "unknown";

/** Whether objects of a kind live in a namespace. `unknown` for kinds of foreign CRDs. */
export function scopeOf(key: string): Scope {
  if (CLUSTER_SCOPED.has(key)) return "cluster";
  const slash = key.indexOf("/");
  const [group, kind] = [key.slice(0, slash), key.slice(slash + 1)];
  return (group === "core" ? NAMESPACED_CORE.has(kind) : NAMESPACED_GROUPS.test(group)) ? "namespaced" : "unknown";
}
