/** A resource as the engine shows it. */
export function registered(type: string, props: object = {}, more: object = {}): object {
  return { type, name: "web", props, opts: {}, provider: CLUSTER, ...more };
}

/** A provider that the program makes itself. */
export const CLUSTER = {
  type: "pulumi:providers:kubernetes",
  name: "management",
  props: { clusterIdentifier: "management" },
};

export const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";

export const configMap = { metadata: { name: "web", namespace: "shop" } };

/** URN in a stack of that name. */
export function urnIn(stack: string, type: string, name: string): string {
  return `urn:pulumi:${stack}::firmament::${type}::${name}`;
}
