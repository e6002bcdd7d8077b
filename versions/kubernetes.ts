/** The Kubernetes release that this version of the project is tested with; the sandbox builds its control planes from it. */
export const KUBERNETES = "1.34.4";

/** Kubernetes minors (1.x) that Talos 1.13, Cluster API 1.13 and Kamaji's kubeadm all support. */
export const SUPPORTED_MINORS = { oldest: 32, newest: 36 } as const;

/**
 * Version of the Pod Security Standards that namespaces of tenants are held to. Pinned, so that an upgrade of the
 * management cluster never evicts a tenant's pods by a rule that is new; older API servers take it for their newest.
 */
export const POD_SECURITY_VERSION = "v1.34";
