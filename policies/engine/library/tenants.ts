import { isTenants, layerOf, tenantOf } from "../layers";
import type { Settings } from "../settings";
import type { Stack } from "../stack";
import type { Target } from "../target";
import type { View } from "../view";

/** Whether the name of a namespace is derived from a tenant: it is the tenant's, or has it as one of its parts. */
export function isDerivedFrom(namespace: string, tenant: string): boolean {
  return tenant !== "" && `-${namespace}-`.includes(`-${tenant}-`);
}

const MANAGEMENT = /(?:^|[-_./])(?:mgmt|management|platform|host|infra|base)(?:[-_./]|$)/i;
const TENANT = /(?:^|[-_./])tenants?(?:[-_./]|$)/i;

/**
 * Whether a resource is made through the API of a tenant's own cluster, as opposed to the management cluster. Its
 * provider tells: it is a part of the tenant's component, or named after the tenant or after tenants as such. False
 * where nothing tells.
 */
export function isInsideTenant(target: Target, settings: Settings): boolean {
  const { provider } = target.resource;
  if (provider === undefined) return false;
  if (provider.urn?.includes("::firmament:tenant:") === true) return true;
  const { name } = provider;
  const identifier = identifierOf(provider.props);
  if (MANAGEMENT.test(name) || (identifier !== undefined && MANAGEMENT.test(identifier))) return false;
  if (TENANT.test(name) || (identifier !== undefined && TENANT.test(identifier))) return true;
  const tenant = tenantOf(target, settings);
  return tenant !== undefined && isDerivedFrom(name, tenant);
}

function identifierOf(props: unknown): string | undefined {
  if (typeof props !== "object" || props === null || !Object.hasOwn(props, "clusterIdentifier")) return undefined;
  const { clusterIdentifier } = props as { clusterIdentifier: unknown };
  return typeof clusterIdentifier === "string" ? clusterIdentifier : undefined;
}

/** A tenant's object in the management cluster. */
export function isTenantsHere(target: Target, settings: Settings): boolean {
  return isTenants(target, settings) && !isInsideTenant(target, settings);
}

/** True for what the platform makes for itself. */
export function isPlatforms(target: Target, settings: Settings): boolean {
  const layer = layerOf(target.resource);
  return (layer === "base" || layer === "platform") && tenantOf(target, settings) === undefined;
}

/** Objects of some kinds in a namespace; `unsure` has the namespaces of those that may be in it as well. */
export function within(
  stack: Stack,
  namespace: string | undefined,
  ...kinds: readonly string[]
): { readonly found: Target[]; readonly unsure: View[] } {
  const found: Target[] = [];
  const unsure: View[] = [];
  for (const target of stack.all(...kinds)) {
    if (target.namespace.unreadable) unsure.push(target.namespace);
    else if (target.namespace.text === namespace) found.push(target);
  }
  return { found, unsure };
}
