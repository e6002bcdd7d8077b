import type { TenantAddon } from "./addon";
import { lifeNotices } from "./life";
import { bootSource } from "./node-image";
import type { Problem } from "../core/problem";
import type { NodePool, Tenant } from "./settings";

/**
 * What is allowed and yet may not be what its owner expects. Programs show it at every preview and deployment.
 *
 * @param addons what is installed.
 */
export function notices(tenant: Tenant, addons: readonly TenantAddon[]): Problem[] {
  const pools = Object.entries(tenant.nodePools).sort(([a], [b]) => (a < b ? -1 : 1));
  const ofPools = pools.flatMap(([name, pool]) => imageNotices(`tenant.nodePools.${name}`, pool, tenant));
  return [...lifeNotices(tenant, addons), ...ofPools, ...volumeNotices(tenant)];
}

/** Claims wait for ever in a cluster without a StorageClass: whoever wants that says so. */
function volumeNotices({ addons }: Tenant): Problem[] {
  if (addons.csi.enabled !== undefined || addons.csi.image !== undefined) return [];
  const rule = "the cluster has no StorageClass: claims of volumes wait for ever";
  const fix = "give an image, or set enabled to false";
  return [{ where: "tenant.addons.csi", given: "no image", rule, fix }];
}

function imageNotices(where: string, pool: NodePool, { kubernetesVersion }: Tenant): Problem[] {
  const source = bootSource(pool);
  if (source?.version === undefined || String(source.version) === String(kubernetesVersion)) return [];
  const rule = `its machines run ${source.version}, not ${kubernetesVersion} as the control plane`;
  const fix = `for the same version use an image of ${kubernetesVersion}`;
  return [{ where: `${where}.${source.setting}`, given: source.name, rule, fix }];
}
