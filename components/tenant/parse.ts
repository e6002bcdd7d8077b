import { z } from "zod";
import { checked } from "../core/checked";
import { refuse } from "../core/problem";
import { parseSettings } from "../core/schema";
import { contradictions, type Surroundings } from "./rules";
import type { TenantClusterArgs } from "./args.generated";
import { installedAddons } from "./addons/index";
import {
  type PlatformTerms,
  type Tenant,
  tenantCluster,
  type TenantSettings,
  tenantSettings,
  tenantSurroundings,
} from "./settings";

// Problems have the paths of the stack file, wherever the settings come from. Made once: zod prepares every schema when
// it is first used, which takes longer than many uses.
const clusterOfTenant = z.object({ tenant: tenantCluster });
const surroundingsOfTenant = z.object({ tenant: tenantSurroundings });

/**
 * The settings of a tenant's stack file.
 *
 * @throws InvalidInput with every problem.
 */
export function parseTenantSettings(raw: unknown): TenantSettings {
  return parseSettings(tenantSettings, "tenant configuration", raw).tenant;
}

/**
 * A tenant's cluster, from parsed settings and what the platform published.
 *
 * @throws InvalidInput with everything that does not fit together.
 */
export function completeTenant(
  settings: TenantSettings,
  name: string,
  platform: PlatformTerms,
  surroundings: Surroundings,
): Tenant {
  const tenant = { ...settings, ...under(surroundingsOfTenant, name, { name, platform }) };
  return consistent(tenant, surroundings);
}

/**
 * A tenant's cluster, from the arguments of the component.
 *
 * @throws InvalidInput with every problem: values that are malformed, then those that do not fit together.
 */
export function parseTenant(args: TenantClusterArgs): Tenant {
  return consistent(under(clusterOfTenant, args.name, args), {});
}

function consistent(tenant: Tenant, surroundings: Surroundings): Tenant {
  refuse(`tenant ${tenant.name}`, contradictions(tenant, { addons: installedAddons(tenant), ...surroundings }));
  return tenant;
}

function under<T>(schema: z.ZodType<{ tenant: T }>, name: string, raw: unknown): T {
  return checked(schema, { tenant: raw }, { what: `tenant ${name}`, fix: "correct it" }).tenant;
}
