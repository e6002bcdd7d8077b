import { type Demand, demandOf, machineDemand } from "./capacity";
import { controlPlaneOf } from "./control-planes";
import { infrastructureOf } from "./infrastructure";
import type { Tenant } from "./settings";

/**
 * What a tenant takes from its quota at most: machines and control plane, where they are pods of its namespace. All pools
 * roll at once when the cluster goes to another version.
 *
 * @param others what add-ons run in the tenant's namespace.
 */
export function demand(tenant: Tenant, others: readonly Demand[] = []): Demand {
  const parts = [
    ...(infrastructureOf(tenant).inNamespace ? [machineDemand(tenant)] : []),
    controlPlaneOf(tenant).demand(tenant),
    ...others,
  ];
  return demandOf(parts.map((each) => ({ count: 1, each })));
}
