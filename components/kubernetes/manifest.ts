/** What every object of ours says about itself. Names are always explicit: other objects and stacks refer to them. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
}

/** The part of a custom resource that its owner writes; apiVersion and kind are fixed by its {@link kind}. */
export interface Manifest<Spec> {
  readonly metadata: ObjectMeta;
  readonly spec: Spec;
}

/** A whole Kubernetes object as plain data: most have a spec, some (StorageClass, ConfigMap) fields of their own. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

/**
 * A kind of Kubernetes objects: a function that completes what the owner writes to a whole object.
 *
 * `const ClusterIssuer = kind<Manifest<IssuerSpec>>("cert-manager.io/v1", "ClusterIssuer")`
 *
 * @typeParam Body what the owner writes: metadata and, for most kinds, spec.
 */
export function kind<Body extends { readonly metadata: ObjectMeta }>(apiVersion: string, name: string) {
  return (body: Body): KubernetesObject & Body => ({ apiVersion, kind: name, ...body });
}
