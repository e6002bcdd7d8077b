import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Manifest } from "../../../kubernetes/manifest";

export interface CDISpec {
  readonly cloneStrategyOverride: "copy" | "snapshot" | "csi-clone";
  readonly config: { readonly featureGates: string[] };
  readonly imagePullPolicy: "IfNotPresent";
  readonly uninstallStrategy: "RemoveWorkloads" | "BlockUninstallIfWorkloadsExist";
  readonly infra: {
    readonly nodeSelector: Record<string, string>;
    readonly tolerations: { readonly key: string; readonly operator: "Exists" }[];
  };
}

/** Tells the operator to run the Containerized Data Importer. Cluster-scoped; there is one. */
export class CDI extends k8s.apiextensions.CustomResource {
  constructor(name: string, { metadata, spec }: Manifest<CDISpec>, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: "cdi.kubevirt.io/v1beta1", kind: "CDI", metadata, spec }, opts);
  }
}
