/** Capabilities of the platform that a tenant may need, by the names that the platform gives them. */
export type Capability = "cluster-api/helm" | "flux" | "virtual-networks";
