import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Manifest } from "../../../kubernetes/manifest";

const apiVersion = "operator.cluster.x-k8s.io/v1alpha2";

/** All kinds of providers have the same spec. */
export interface ProviderSpec {
  /** Release of the provider, with its v. */
  readonly version: string;
  /** Where its components come from instead of its GitHub releases. */
  readonly fetchConfig?: { readonly oci: string };
  readonly manager?: { readonly featureGates?: Record<string, boolean>; readonly verbosity?: number };
  readonly deployment?: {
    readonly containers: {
      readonly name: string;
      readonly imageUrl?: string;
      readonly resources?: {
        readonly requests?: Record<string, string>;
        readonly limits?: Record<string, string>;
      };
    }[];
  };
}

export type ProviderKind = "CoreProvider" | "BootstrapProvider" | "ControlPlaneProvider" | "InfrastructureProvider";

/**
 * A provider of Cluster API, installed and upgraded by the operator. Deleting it takes its controllers and webhooks
 * away and leaves its CRDs, and with them every cluster.
 */
export class Provider extends k8s.apiextensions.CustomResource {
  constructor(
    name: string,
    { kind, metadata, spec }: Manifest<ProviderSpec> & { readonly kind: ProviderKind },
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(name, { apiVersion, kind, metadata, spec }, opts);
  }
}
