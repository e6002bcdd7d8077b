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
  const tenant = { ...settings, ...under(tenantSurroundings, name, { name, platform }) };
  return consistent(tenant, surroundings);
}

/**
 * A tenant's cluster, from the arguments of the component.
 *
 * @throws InvalidInput with every problem: values that are malformed, then those that do not fit together.
 */
export function parseTenant(args: TenantClusterArgs): Tenant {
  return consistent(under(tenantCluster, args.name, args), {});
}

function consistent(tenant: Tenant, surroundings: Surroundings): Tenant {
  refuse(`tenant ${tenant.name}`, contradictions(tenant, { addons: installedAddons(tenant), ...surroundings }));
  return tenant;
}

/** Problems have the paths of the stack file, wherever the settings come from. */
function under<S extends z.ZodType>(schema: S, name: string, raw: unknown): z.output<S> {
  const described = { what: `tenant ${name}`, fix: "correct it" };
  return (checked(z.object({ tenant: schema }), { tenant: raw }, described) as { tenant: z.output<S> }).tenant;
}
