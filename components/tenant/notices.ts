import type { TenantAddon } from "./addon";
import { lifeNotices } from "./life";
import { bootstrapOf } from "./bootstrap";
import { infrastructureOf } from "./infrastructure";
import type { Problem } from "../core/problem";
import type { Tenant } from "./settings";

/**
 * What is allowed and yet may not be what its owner expects. Programs show it at every preview and deployment.
 *
 * @param addons what is installed.
 */
export function notices(tenant: Tenant, addons: readonly TenantAddon[]): Problem[] {
  const pools = Object.entries(tenant.nodePools).sort(([a], [b]) => (a < b ? -1 : 1));
  const ofPools = pools.flatMap(([name, pool]) => bootstrapOf(pool).notices(tenant, `tenant.nodePools.${name}`, pool));
  return [
    ...lifeNotices(tenant, addons),
    ...infrastructureOf(tenant).notices(tenant),
    ...ofPools,
    ...(infrastructureOf(tenant).inNamespace ? volumeNotices(tenant) : []),
  ];
}

/** Claims wait for ever in a cluster without a StorageClass: whoever wants that says so. */
function volumeNotices({ addons }: Tenant): Problem[] {
  if (addons.csi.enabled !== undefined || addons.csi.image !== undefined) return [];
  const rule = "the cluster has no StorageClass: claims of volumes wait for ever";
  const fix = "give an image, or set enabled to false";
  return [{ where: "tenant.addons.csi", given: "no image", rule, fix }];
}
