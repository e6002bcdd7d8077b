import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Manifest } from "../../../kubernetes/manifest";

/** A key of a Secret; certificates and keys are never written into the object itself. */
export interface SecretKey {
  readonly secretReference: { readonly name: string; readonly namespace: string; readonly keyPath: string };
}

export interface DataStoreSpec {
  /** Cannot be changed after creation. */
  readonly driver: "etcd";
  /** host:port of every member. */
  readonly endpoints: string[];
  readonly tlsConfig: {
    /** Kamaji signs a client certificate per control plane: it needs the authority's key as well. */
    readonly certificateAuthority: { readonly certificate: SecretKey; readonly privateKey: SecretKey };
    readonly clientCertificate: { readonly certificate: SecretKey; readonly privateKey: SecretKey };
  };
}

/** Where control planes of tenants keep their state. Cluster-scoped. */
export class DataStore extends k8s.apiextensions.CustomResource {
  constructor(name: string, { metadata, spec }: Manifest<DataStoreSpec>, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: "kamaji.clastix.io/v1alpha1", kind: "DataStore", metadata, spec }, opts);
  }
}
