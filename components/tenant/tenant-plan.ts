import { planAccess } from "./access-plan";
import type { TenantAddon } from "./addon";
import { installedAddons } from "./addons/index";
import { planCluster } from "./cluster-plan";
import { planIsolation } from "./isolation-plan";
import { asleepWith } from "./life";
import { planNodePool } from "./node-pool-plan";
import { notices } from "./notices";
import type { Tenant } from "./settings";

/**
 * Everything that a tenant's cluster consists of, as plain objects: what is known before anything exists. Only values of
 * add-ons wait for the address of the API.
 *
 * @param installed add-ons, each after those that provide what it needs. Default: those that the settings choose.
 */
export function planTenant(tenant: Tenant, installed: readonly TenantAddon[] = installedAddons(tenant)) {
  const addons = installed.map(({ name, needs, provides, management, cluster, retention }) => ({
    name,
    needs,
    provides,
    management: asleepWith(tenant, management?.(tenant)),
    cluster: cluster?.(tenant),
    retention: retention?.(tenant),
  }));
  const { management, cluster } = planAccess(tenant);
  const asleep = asleepWith(tenant, management);
  const access = { name: "access", needs: [], provides: [], management: asleep, cluster, retention: undefined };
  const pools = Object.entries(tenant.nodePools).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    tenant,
    isolation: planIsolation(
      tenant,
      addons.flatMap(({ management }) => management?.networkPolicies ?? []),
    ),
    ...planCluster(tenant, installed),
    notices: notices(tenant, installed),
    addons: [...addons, access],
    nodePools: pools.map(([pool, settings]) => ({
      pool,
      ...planNodePool(
        tenant,
        pool,
        settings,
        installed.flatMap(({ kubelets, nodes }) => [
          ...(kubelets === undefined ? [] : [{ kubeletArgs: kubelets(tenant) }]),
          ...(nodes === undefined ? [] : [nodes(tenant, settings)]),
        ]),
      ),
    })),
  };
}

export type TenantPlan = ReturnType<typeof planTenant>;
export type AddonPlan = TenantPlan["addons"][number];
