import { isTenants, layerOf, tenantOf } from "../layers";
import type { Settings } from "../settings";
import type { Stack } from "../stack";
import type { Target } from "../target";
import type { View } from "../view";

/** Whether the name of a namespace is derived from a tenant: it is the tenant's, or has it as one of its parts. */
export function isDerivedFrom(namespace: string, tenant: string): boolean {
  return tenant !== "" && `-${namespace}-`.includes(`-${tenant}-`);
}

/**
 * Whether a resource is made through the API of a tenant's own cluster, as opposed to the management cluster: its
 * provider is part of the tenant's component, or the configuration assigns the clusterIdentifier of its provider to a
 * tenant. The name of a provider decides nothing. False where nothing shows it.
 */
export function isInsideTenant({ resource }: Target, { clusters }: Settings): boolean {
  const { provider } = resource;
  if (provider === undefined) return false;
  const identifier = identifierOf(provider.props);
  if (identifier !== undefined && Object.hasOwn(clusters, identifier)) return clusters[identifier] === "tenant";
  return typesIn(provider.urn).some((type) => type.startsWith("firmament:tenant:"));
}

/** The types of a resource and of the components around it: `urn:pulumi:<stack>::<project>::<type>$<type>::<name>`. */
function typesIn(urn: string | undefined): readonly string[] {
  return urn?.split("::")[2]?.split("$") ?? [];
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
