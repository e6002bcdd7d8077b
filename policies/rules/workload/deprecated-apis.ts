/** Minors of Kubernetes in which a version of an API was deprecated and in which it is gone. */
export interface Retirement {
  readonly deprecated: number;
  readonly removed: number;
  /** What to use. */
  readonly instead: string;
}

const all = (kinds: string, deprecated: number, removed: number, instead: string): [string, Retirement][] =>
  kinds.split(" ").map((kind) => [kind, { deprecated, removed, instead }]);

/**
 * Built-in APIs that were or will be removed, by `<group>/<version>/<Kind>`; `*` stands for every kind of the version.
 * Source: the deprecated API migration guide of Kubernetes and the lifecycle marks of k8s.io/api.
 */
export const RETIRED: ReadonlyMap<string, Retirement> = new Map<string, Retirement>([
  ...all("extensions/v1beta1/Deployment extensions/v1beta1/DaemonSet extensions/v1beta1/ReplicaSet", 9, 16, "apps/v1"),
  ...all("extensions/v1beta1/NetworkPolicy", 9, 16, "networking.k8s.io/v1"),
  ...all("extensions/v1beta1/PodSecurityPolicy", 10, 16, "Pod Security Admission"),
  ...all("extensions/v1beta1/Ingress", 14, 22, "networking.k8s.io/v1"),
  ...all("extensions/v1beta1/*", 9, 16, "the group the kind moved to"),
  ...all("apps/v1beta1/* apps/v1beta2/*", 9, 16, "apps/v1"),
  ...all(
    "admissionregistration.k8s.io/v1beta1/MutatingWebhookConfiguration",
    16,
    22,
    "admissionregistration.k8s.io/v1",
  ),
  ...all(
    "admissionregistration.k8s.io/v1beta1/ValidatingWebhookConfiguration",
    16,
    22,
    "admissionregistration.k8s.io/v1",
  ),
  ...all("admissionregistration.k8s.io/v1alpha1/ValidatingAdmissionPolicy", 28, 34, "admissionregistration.k8s.io/v1"),
  ...all(
    "admissionregistration.k8s.io/v1alpha1/ValidatingAdmissionPolicyBinding",
    28,
    34,
    "admissionregistration.k8s.io/v1",
  ),
  ...all("admissionregistration.k8s.io/v1beta1/ValidatingAdmissionPolicy", 31, 34, "admissionregistration.k8s.io/v1"),
  ...all(
    "admissionregistration.k8s.io/v1beta1/ValidatingAdmissionPolicyBinding",
    31,
    34,
    "admissionregistration.k8s.io/v1",
  ),
  ...all("apiextensions.k8s.io/v1beta1/*", 16, 22, "apiextensions.k8s.io/v1"),
  ...all("apiregistration.k8s.io/v1beta1/*", 16, 22, "apiregistration.k8s.io/v1"),
  ...all("authentication.k8s.io/v1beta1/TokenReview", 19, 22, "authentication.k8s.io/v1"),
  ...all("authentication.k8s.io/v1alpha1/SelfSubjectReview", 27, 30, "authentication.k8s.io/v1"),
  ...all("authentication.k8s.io/v1beta1/SelfSubjectReview", 28, 33, "authentication.k8s.io/v1"),
  ...all("authorization.k8s.io/v1beta1/*", 19, 22, "authorization.k8s.io/v1"),
  ...all("autoscaling/v2beta1/*", 22, 25, "autoscaling/v2"),
  ...all("autoscaling/v2beta2/*", 23, 26, "autoscaling/v2"),
  ...all("batch/v1beta1/*", 21, 25, "batch/v1"),
  ...all("batch/v2alpha1/*", 8, 21, "batch/v1"),
  ...all("certificates.k8s.io/v1beta1/CertificateSigningRequest", 19, 22, "certificates.k8s.io/v1"),
  ...all("coordination.k8s.io/v1beta1/Lease", 19, 22, "coordination.k8s.io/v1"),
  ...all("discovery.k8s.io/v1beta1/*", 21, 25, "discovery.k8s.io/v1"),
  ...all("events.k8s.io/v1beta1/*", 22, 25, "events.k8s.io/v1"),
  ...all("flowcontrol.apiserver.k8s.io/v1alpha1/*", 20, 24, "flowcontrol.apiserver.k8s.io/v1"),
  ...all("flowcontrol.apiserver.k8s.io/v1beta1/*", 23, 26, "flowcontrol.apiserver.k8s.io/v1"),
  ...all("flowcontrol.apiserver.k8s.io/v1beta2/*", 26, 29, "flowcontrol.apiserver.k8s.io/v1"),
  ...all("flowcontrol.apiserver.k8s.io/v1beta3/*", 29, 32, "flowcontrol.apiserver.k8s.io/v1"),
  ...all("internal.apiserver.k8s.io/v1alpha1/*", 24, 99, "nothing: it is internal"),
  ...all("networking.k8s.io/v1beta1/Ingress networking.k8s.io/v1beta1/IngressClass", 19, 22, "networking.k8s.io/v1"),
  ...all("networking.k8s.io/v1alpha1/ClusterCIDR", 28, 31, "nothing: it was withdrawn"),
  ...all("networking.k8s.io/v1beta1/IPAddress networking.k8s.io/v1beta1/ServiceCIDR", 34, 37, "networking.k8s.io/v1"),
  ...all("node.k8s.io/v1beta1/RuntimeClass", 22, 25, "node.k8s.io/v1"),
  ...all("node.k8s.io/v1alpha1/RuntimeClass", 20, 24, "node.k8s.io/v1"),
  ...all("policy/v1beta1/PodDisruptionBudget", 22, 25, "policy/v1"),
  ...all("policy/v1beta1/PodSecurityPolicy", 21, 25, "Pod Security Admission"),
  ...all("policy/v1beta1/*", 22, 25, "policy/v1"),
  ...all("rbac.authorization.k8s.io/v1beta1/*", 17, 22, "rbac.authorization.k8s.io/v1"),
  ...all("rbac.authorization.k8s.io/v1alpha1/*", 20, 23, "rbac.authorization.k8s.io/v1"),
  ...all("resource.k8s.io/v1alpha2/*", 30, 31, "resource.k8s.io/v1"),
  ...all("resource.k8s.io/v1alpha3/*", 31, 34, "resource.k8s.io/v1"),
  ...all("resource.k8s.io/v1beta1/*", 33, 37, "resource.k8s.io/v1"),
  ...all("resource.k8s.io/v1beta2/*", 36, 39, "resource.k8s.io/v1"),
  ...all("scheduling.k8s.io/v1beta1/PriorityClass", 14, 22, "scheduling.k8s.io/v1"),
  ...all("scheduling.k8s.io/v1alpha1/PriorityClass", 14, 22, "scheduling.k8s.io/v1"),
  ...all("settings.k8s.io/v1alpha1/*", 11, 20, "an admission webhook"),
  ...all("storage.k8s.io/v1beta1/CSIStorageCapacity", 24, 27, "storage.k8s.io/v1"),
  ...all("storage.k8s.io/v1beta1/VolumeAttributesClass", 34, 37, "storage.k8s.io/v1"),
  ...all("storage.k8s.io/v1alpha1/*", 24, 27, "storage.k8s.io/v1"),
  ...all("storage.k8s.io/v1beta1/*", 19, 22, "storage.k8s.io/v1"),
  ...all("core/v1/ComponentStatus", 19, 99, "the health endpoints of the components"),
  ...all("core/v1/Endpoints", 33, 99, "discovery.k8s.io/v1 EndpointSlice"),
]);

export function retirementOf(group: string, version: string, kind: string): Retirement | undefined {
  return RETIRED.get(`${group}/${version}/${kind}`) ?? RETIRED.get(`${group}/${version}/*`);
}
