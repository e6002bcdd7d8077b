import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Manifest } from "./manifest";

/** Class of the Pulumi resources of one custom kind. */
export interface CustomResourceClass<Body> {
  new (name: string, body: Body, opts?: pulumi.CustomResourceOptions): k8s.apiextensions.CustomResource;
}

/**
 * The Pulumi resource of a custom kind, with its fields typed:
 *
 * `const Cluster = customResource<ClusterSpec>("cluster.x-k8s.io/v1beta2", "Cluster")`
 *
 * Registered as `kubernetes:<apiVersion>:<kind>`, as the SDK's own CustomResource does.
 *
 * @typeParam Spec the object's spec; give `Body` for kinds whose fields stand beside metadata.
 */
export function customResource<Spec, Body extends { readonly metadata: object } = Manifest<Spec>>(
  apiVersion: string,
  kind: string,
): CustomResourceClass<Body> {
  return class extends k8s.apiextensions.CustomResource {
    constructor(name: string, body: Body, opts?: pulumi.CustomResourceOptions) {
      super(name, { apiVersion, kind, ...body }, opts);
    }
  };
}
