/**
 * Admission plugins of a tenant's API server: Kamaji's own list, and the two it leaves out, without which a node may
 * change other nodes and a namespace's pod security labels mean nothing.
 */
const USUAL = [
  "CertificateApproval",
  "CertificateSigning",
  "CertificateSubjectRestriction",
  "DefaultIngressClass",
  "DefaultStorageClass",
  "DefaultTolerationSeconds",
  "LimitRanger",
  "MutatingAdmissionWebhook",
  "NamespaceLifecycle",
  "NodeRestriction",
  "PersistentVolumeClaimResize",
  "PodSecurity",
  "Priority",
  "ResourceQuota",
  "RuntimeClass",
  "ServiceAccount",
  "StorageObjectInUseProtection",
  "TaintNodesByCondition",
  "ValidatingAdmissionWebhook",
] as const;

/**
 * Plugins that Kamaji's kind knows beside these and an API server of a supported version starts with. Those that read a
 * file (EventRateLimit, ImagePolicyWebhook), that are gone (PodSecurityPolicy, SecurityContextDeny, PersistentVolumeLabel,
 * DenyEscalatingExec) or decide nothing (AlwaysAdmit, AlwaysDeny) are not among them.
 */
export const ADDED_PLUGINS = [
  "AlwaysPullImages",
  "DenyServiceExternalIPs",
  "ExtendedResourceToleration",
  "LimitPodHardAntiAffinityTopology",
  "NamespaceAutoProvision",
  "NamespaceExists",
  "OwnerReferencesPermissionEnforcement",
  "PodNodeSelector",
  "PodTolerationRestriction",
] as const;

/** Plugins that only set defaults. */
export const REMOVED_PLUGINS = ["DefaultIngressClass", "DefaultStorageClass", "DefaultTolerationSeconds"] as const;

/** A tenant's list, without repetitions. */
export function admissionPlugins({
  add,
  remove,
}: {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}): string[] {
  return [...new Set([...USUAL.filter((plugin) => !remove.includes(plugin)), ...add])];
}
