import { kind, type Manifest } from "../../../kubernetes/manifest";

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
export const DataStore = kind<Manifest<DataStoreSpec>>("kamaji.clastix.io/v1alpha1", "DataStore");
