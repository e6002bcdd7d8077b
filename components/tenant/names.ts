import { objectName } from "../core/names";

/** Label of everything that belongs to a tenant: its name. Policies, quotas and clean-ups select by it. */
export const TENANT_LABEL = "firmament.example/tenant";

/** Label that Cluster API and its providers put on what belongs to a cluster; controllers find a tenant's objects by it. */
export const CLUSTER_LABEL = "cluster.x-k8s.io/cluster-name";

/** Label of the machines of one pool. */
export const POOL_LABEL = "cluster.x-k8s.io/deployment-name";

/** Namespace of the management cluster that holds this tenant only. */
export function namespaceOf(tenant: string): string {
  return objectName("tenant", tenant);
}

/** Labels of every object of a tenant in the management cluster. */
export function tenantLabels(tenant: string): Record<string, string> {
  return { "app.kubernetes.io/managed-by": "firmament", [TENANT_LABEL]: tenant };
}

/** Metadata of an object in the tenant's namespace. */
export function tenantMetadata(tenant: string, name: string) {
  return { name, namespace: namespaceOf(tenant), labels: tenantLabels(tenant) };
}
