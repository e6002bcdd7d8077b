import type { CrdModule } from "../../versions/crd-modules";

/** Where CRDs come from, and the directory of the CRD bundle that they go to: `<bundle>/crd-*.yaml`. */
export type CrdSource = ModuleCrds | GeneratedCrds | StubCrds;

/**
 * CRDs of a component's own Go module, as its own tests have them (envtest), so that the sandbox's API server accepts
 * and refuses what a real one does.
 */
export interface ModuleCrds {
  readonly bundle: string;
  readonly module: CrdModule;
  /** Folders of the module with manifests (`*.yaml`), or files. */
  readonly from: readonly string[];
  /** Labels that upstream's kustomization adds: the contract between Cluster API and its providers. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly webhooks?: WebhookSource;
  /** What is not as on hardware, and why: said by `npm start`. */
  readonly simulated?: Simulated;
}

export interface WebhookSource {
  readonly file: string;
  /** What upstream's kustomization puts before every name. */
  readonly prefix: string;
  readonly namespace: string;
}

/** CRDs that no module carries as files: made from its Go types by controller-gen. */
export interface GeneratedCrds {
  /** Plurals by bundle: the operator's own kind belongs to the chart, the rest is registered at run time. */
  readonly bundles: Readonly<Record<string, readonly string[]>>;
  /** Package of the types; pinned in sandbox/offline/tools/kubevirt-apis/go.mod. */
  readonly package: string;
  readonly options: string;
  /** Kinds whose status is a subresource; the operator says so, not the types. */
  readonly status: readonly string[];
}

/** CRDs that cannot be had: written here, with the fields that are commonly set. */
export interface StubCrds {
  readonly bundle: string;
  readonly crds: readonly Crd[];
  readonly simulated: Simulated;
}

export interface Simulated {
  readonly what: string;
  readonly why: string;
}

/** A CustomResourceDefinition, as far as it is read here. */
export interface Crd {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [key: string]: unknown };
  readonly spec: {
    readonly group: string;
    readonly names: { readonly plural: string; readonly kind: string; readonly [key: string]: unknown };
    readonly scope: string;
    readonly versions: readonly { readonly name: string; readonly schema?: unknown; readonly [key: string]: unknown }[];
    readonly [key: string]: unknown;
  };
  readonly [key: string]: unknown;
}
