import { kind, type Manifest } from "../../../kubernetes/manifest";

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

/** Has the operator run the Containerized Data Importer. Cluster-scoped; there is one. */
export const CDI = kind<Manifest<CDISpec>>("cdi.kubevirt.io/v1beta1", "CDI");
