/**
 * What Talos 1.13 writes into a configuration that it generates, as far as rules look at it. Cluster API templates
 * carry patches only, and the base they will meet is this one.
 */
export function generatedConfiguration(role: "controlplane" | "worker"): Record<string, unknown> {
  return {
    version: "v1alpha1",
    debug: false,
    persist: true,
    machine: {
      type: role,
      install: {},
      ...(role === "controlplane"
        ? { nodeLabels: { "node.kubernetes.io/exclude-from-external-load-balancers": "" } }
        : {}),
      kubelet: { defaultRuntimeSeccompProfileEnabled: true, disableManifestsDirectory: true },
      features: {
        diskQuotaSupport: true,
        kubePrism: { enabled: true, port: 7445 },
        hostDNS: { enabled: true, forwardKubeDNSToHost: true },
      },
    },
    cluster: {
      network: {},
      discovery: { enabled: true, registries: { kubernetes: { disabled: true }, service: {} } },
      ...(role === "controlplane" ? generatedControlPlane() : {}),
    },
  };
}

function generatedControlPlane(): object {
  return {
    // stands for the random key, which no rule reads
    secretboxEncryptionSecret: "generated",
    apiServer: {
      admissionControl: [{ name: "PodSecurity", configuration: POD_SECURITY }],
      auditPolicy: { apiVersion: "audit.k8s.io/v1", kind: "Policy", rules: [{ level: "Metadata" }] },
    },
    controllerManager: {},
    scheduler: {},
    etcd: {},
  };
}

/** Namespaces that are not exempted enforce the baseline level of the Pod Security Standards. */
export const POD_SECURITY = {
  apiVersion: "pod-security.admission.config.k8s.io/v1alpha1",
  kind: "PodSecurityConfiguration",
  defaults: {
    enforce: "baseline",
    "enforce-version": "latest",
    audit: "restricted",
    "audit-version": "latest",
    warn: "restricted",
    "warn-version": "latest",
  },
  exemptions: { usernames: [], runtimeClasses: [], namespaces: ["kube-system"] },
};
