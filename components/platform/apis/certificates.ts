/* Kinds that come with the capability certificates. */

import { kind, type Manifest, type ObjectMeta } from "../../kubernetes/manifest";
import { OBJECTS } from "../capabilities";

const apiVersion = "cert-manager.io/v1";

export interface IssuerRef {
  readonly name: string;
  readonly kind: "Issuer" | "ClusterIssuer";
  readonly group: "cert-manager.io";
}

/** Signs with itself, or with the key pair of a Secret in its namespace (ClusterIssuer: in the issuing controller's). */
export type IssuerSpec =
  | { readonly selfSigned: Record<string, never> }
  | { readonly ca: { readonly secretName: string } }
  | {
      readonly acme: {
        readonly server: string;
        readonly email: string;
        readonly privateKeySecretRef: { readonly name: string };
        readonly solvers: readonly {
          readonly http01: { readonly ingress: { readonly ingressClassName: string } };
        }[];
      };
    };

export interface CertificateSpec {
  readonly isCA?: true;
  readonly commonName: string;
  readonly dnsNames?: readonly string[];
  /** What the key may be used for. Default: digital signature, key encipherment. */
  readonly usages?: readonly string[];
  readonly secretName: string;
  /** Go duration: 87600h is ten years. */
  readonly duration: string;
  readonly privateKey: {
    readonly algorithm: "ECDSA";
    readonly size: 256 | 384;
    readonly rotationPolicy: "Never" | "Always";
  };
  readonly issuerRef: IssuerRef;
}

export const ClusterIssuer = kind<Manifest<IssuerSpec>>(apiVersion, "ClusterIssuer");
export const Issuer = kind<Manifest<IssuerSpec>>(apiVersion, "Issuer");
export const Certificate = kind<Manifest<CertificateSpec>>(apiVersion, "Certificate");

/** The certificate of an authority with a key of its own, for ten years, signed by the root issuer. */
export function authorityCertificate(metadata: ObjectMeta, commonName: string) {
  return Certificate({
    metadata,
    spec: {
      isCA: true,
      commonName,
      secretName: metadata.name,
      duration: "87600h",
      privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Never" },
      issuerRef: { name: OBJECTS.rootIssuer, kind: "ClusterIssuer", group: "cert-manager.io" },
    },
  });
}
