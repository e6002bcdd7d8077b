import { diskDemand } from "../../components/tenant/capacity";
import { demand } from "../../components/tenant/demand";
import { installedAddons } from "../../components/tenant/addons/index";
import type { Tenant } from "../../components/tenant/settings";

const GIBIBYTE = 2 ** 30;

/** Room for volumes of the tenant's own where nobody says how much, in Gi. */
const VOLUMES = 100;

/** A quota that takes everything that a tenant's settings ask for at most, and no more. */
export function sufficientQuota(tenant: Tenant): Record<string, string | number> {
  const addons = installedAddons(tenant).flatMap(({ management }) =>
    management === undefined ? [] : [management(tenant).demand],
  );
  const { cpu, memory, pods } = demand(tenant, addons);
  const { storage, volumes } = diskDemand(tenant);
  return {
    cpu: String(Math.ceil(cpu)),
    memory: `${Math.ceil(memory / GIBIBYTE)}Gi`,
    storage: `${Math.ceil(storage / GIBIBYTE) + VOLUMES}Gi`,
    // defaults are enough for most
    ...(pods > tenant.quota.pods ? { pods } : {}),
    ...(volumes > tenant.quota.volumes ? { volumes } : {}),
  };
}
