import type { Resource } from "./resource";
import type { Settings } from "./settings";
import type { Target } from "./target";

export type Layer = "base" | "platform" | "tenant";

/** The layer a resource is deployed by, where the name of its stack shows it: `platform.sandbox`, `tenant.sandbox.acme`. */
export function layerOf({ urn }: Resource): Layer | undefined {
  const layer = urn === undefined ? undefined : /^urn:pulumi:(base|platform|tenant)\./.exec(urn)?.[1];
  return layer as Layer | undefined;
}

/** The name of the stack that a resource is in; undefined for what never went through a program. */
export function stackOf({ urn }: Resource): string | undefined {
  return urn === undefined ? undefined : /^urn:pulumi:([^:]+)::/.exec(urn)?.[1];
}

/**
 * Whether two resources may belong to one cloud: stacks `base.berlin` and `tenant.berlin.acme` are of cloud berlin, any
 * other stack is a cloud of its own. What never went through a program may belong to any.
 */
export function mayShareCloud(one: Resource, other: Resource): boolean {
  const [a, b] = [one, other].map((each) =>
    stackOf(each)?.replace(/^(?:base|platform|tenant)\.([^.]+)(?:\..*)?$/, "$1"),
  );
  return a === undefined || b === undefined || a === b;
}

/** The tenant an object belongs to by its label; undefined when it carries none. */
export function tenantOf(target: Target, settings: Settings): string | undefined {
  const label = target.labels.field(settings.tenantLabel);
  return label.unreadable ? undefined : label.text;
}

/** Whether a Namespace is a tenant's: by its label, or because it was granted something. */
export function isTenantNamespace(namespace: Target, settings: Settings): boolean {
  if (tenantOf(namespace, settings) !== undefined) return true;
  const name = namespace.name.unreadable ? undefined : namespace.name.text;
  return name !== undefined && Object.hasOwn(settings.grants, name);
}

/** True for resources of a stack that is known to be a tenant's, or that carry a tenant's label. */
export function isTenants(target: Target, settings: Settings): boolean {
  return layerOf(target.resource) === "tenant" || tenantOf(target, settings) !== undefined;
}
