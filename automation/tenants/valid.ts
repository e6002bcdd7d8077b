import { NAMESPACE } from "../../components/core/layers";
import type { Use } from "../../components/core/network-overlaps";
import { OBJECTS } from "../../components/platform/capabilities";
import { completeTenant, parseTenantSettings } from "../../components/tenant/parse";
import { tenantSurroundings, type PlatformTerms, type Tenant } from "../../components/tenant/settings";
import type { Around } from "./cloud";

/** What a tenant's settings are held against where no platform is asked. */
export interface Surroundings extends Omit<Around, "loadBalancers"> {
  /** Networks of the cloud's other tenants. */
  readonly neighbours: readonly Use[];
}

/**
 * A tenant, from the `config` of its stack file.
 *
 * @throws InvalidInput with everything that is wrong with the settings by themselves.
 */
export function tenantFrom(name: string, config: Readonly<Record<string, unknown>>, around: Surroundings): Tenant {
  const settings = parseTenantSettings(settingsIn(config));
  return { ...settings, ...tenantSurroundings.parse({ name, platform: platformOf(around) }) };
}

/**
 * Holds a tenant's settings against its cloud, as a deployment would. What only the platform knows, a check of its stack
 * says.
 *
 * @throws InvalidInput with everything that is wrong.
 */
export function refuseWrongTenant(name: string, config: Readonly<Record<string, unknown>>, around: Surroundings): void {
  completeTenant(parseTenantSettings(settingsIn(config)), name, platformOf(around), { neighbours: around.neighbours });
}

function settingsIn(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const own = Object.entries(config).filter(([key]) => key.startsWith(`${NAMESPACE}:`));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(NAMESPACE.length + 1), value]));
}

/** Its networks and DataStores count; the rest stands for what is published. */
function platformOf({ management, dataStores }: Surroundings): PlatformTerms {
  return {
    dataStore: OBJECTS.dataStore,
    dataStores: Object.fromEntries(dataStores.map((store) => [store, {}])),
    storageClass: "platform",
    networks: Object.fromEntries(management.map(({ where, network }) => [where, String(network)])),
    podNetwork: { repository: "oci://registry.example", chart: "platform", version: "0.0.0" },
  };
}
