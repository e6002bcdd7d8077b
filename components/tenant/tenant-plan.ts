import { planCni, planStorageClass } from "./addons-plan";
import { planControlPlane } from "./control-plane-plan";
import { planIsolation } from "./isolation-plan";
import { planNodePool } from "./node-pool-plan";
import { tenantSpec } from "./tenant-spec";
import type { TenantClusterArgs } from "./tenant-args";

/**
 * Everything that a tenant's cluster consists of, as plain objects: what is known before anything exists. Only the pod
 * network's values wait for the address of the API (`cniValues`).
 *
 * @throws InvalidInput with everything that is wrong with the arguments.
 */
export function planTenant(args: TenantClusterArgs) {
  const spec = tenantSpec(args);
  return {
    spec,
    isolation: planIsolation(spec),
    ...planControlPlane(spec),
    nodePools: spec.nodePools.map((pool) => ({ pool: pool.name, ...planNodePool(spec, pool) })),
    cni: planCni(spec),
    storageClass: planStorageClass(spec),
  };
}

export type TenantPlan = ReturnType<typeof planTenant>;
