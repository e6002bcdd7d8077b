import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Manifest } from "../../../kubernetes/manifest";

const apiVersion = "cert-manager.io/v1";

export interface IssuerRef {
  readonly name: string;
  readonly kind: "Issuer" | "ClusterIssuer";
  readonly group: "cert-manager.io";
}

/** Signs with itself, or with the key pair of a Secret in its namespace (ClusterIssuer: in cert-manager's). */
export type IssuerSpec =
  { readonly selfSigned: Record<string, never> } | { readonly ca: { readonly secretName: string } };

export interface CertificateSpec {
  readonly isCA: true;
  readonly commonName: string;
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

export class ClusterIssuer extends k8s.apiextensions.CustomResource {
  constructor(name: string, { metadata, spec }: Manifest<IssuerSpec>, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion, kind: "ClusterIssuer", metadata, spec }, opts);
  }
}

export class Issuer extends k8s.apiextensions.CustomResource {
  constructor(name: string, { metadata, spec }: Manifest<IssuerSpec>, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion, kind: "Issuer", metadata, spec }, opts);
  }
}

export class Certificate extends k8s.apiextensions.CustomResource {
  constructor(name: string, { metadata, spec }: Manifest<CertificateSpec>, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion, kind: "Certificate", metadata, spec }, opts);
  }
}
