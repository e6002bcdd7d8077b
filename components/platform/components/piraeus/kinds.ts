import { kind, type Manifest } from "../../../kubernetes/manifest";

const apiVersion = "piraeus.io/v1";

/** A LINSTOR property, for the whole cluster. */
export interface LinstorProperty {
  readonly name: string;
  readonly value: string;
}

export interface CertManagerRef {
  readonly certManager: { readonly name: string; readonly kind: "Issuer" | "ClusterIssuer" };
}

export interface LinstorClusterSpec {
  /** Registry and path that all images of LINSTOR come from, instead of upstream's. */
  readonly repository?: string;
  /** Secret in its namespace whose MASTER_PASSPHRASE locks the keys of encrypted volumes. */
  readonly linstorPassphraseSecret?: string;
  /** Machines that have satellites. Default: all whose taints are tolerated. */
  readonly nodeAffinity?: {
    readonly nodeSelectorTerms: {
      readonly matchExpressions: { readonly key: string; readonly operator: "In"; readonly values: string[] }[];
    }[];
  };
  readonly tolerations?: { readonly key: string; readonly operator: "Exists"; readonly effect: "NoSchedule" }[];
  readonly internalTLS: CertManagerRef;
  readonly apiTLS: CertManagerRef;
  readonly properties: LinstorProperty[];
}

/** Name and, by one of the other keys, kind of the pool. */
export interface LinstorStoragePool {
  readonly name: string;
  readonly zfsThinPool?: { readonly zPool: string };
  readonly lvmThinPool?: { readonly volumeGroup: string; readonly thinPool: string };
  readonly fileThinPool?: { readonly directory: string };
}

export interface LinstorSatelliteConfigurationSpec {
  readonly nodeSelector?: Record<string, string>;
  readonly storagePools?: LinstorStoragePool[];
  readonly internalTLS?: CertManagerRef;
  /** Strategic merge patch of the satellites' pods. */
  readonly podTemplate?: object;
  readonly patches?: { readonly target: { readonly kind: string; readonly name: string }; readonly patch: string }[];
}

export const LinstorCluster = kind<Manifest<LinstorClusterSpec>>(apiVersion, "LinstorCluster");
export const LinstorSatelliteConfiguration = kind<Manifest<LinstorSatelliteConfigurationSpec>>(
  apiVersion,
  "LinstorSatelliteConfiguration",
);
