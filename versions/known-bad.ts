/** A release, by its chart or its provider of Cluster API, and versions of it (ranges of npm's semver). */
export interface VersionsOf {
  readonly name: string;
  readonly range: string;
}

/** Releases that do not work together. */
export interface BadPair {
  readonly one: VersionsOf;
  readonly other: VersionsOf;
  readonly why: string;
  readonly fix: string;
}

/** A release that must not follow another. */
export interface BadStep {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly why: string;
  readonly fix: string;
}

/** Seen upstream, or in upstream's code. A pair of a release with itself is a release that must not be installed. */
export const BAD_PAIRS: readonly BadPair[] = [
  {
    one: { name: "core", range: ">=1.14.0" },
    other: { name: "control-plane-kamaji", range: "<=0.20.0" },
    why: "kubeadm's provider reads the control plane of every worker that joins and has no right to (cluster-api#13433): workers never get their bootstrap data",
    fix: "keep Cluster API below 1.14, or take a newer control plane provider, which brings the right along",
  },
  {
    one: { name: "core", range: "<1.11.0" },
    other: { name: "control-plane-kamaji", range: ">=0.20.0" },
    why: "the provider speaks the contract v1beta2 only, which Cluster API has from 1.11 on",
    fix: "take Cluster API 1.11 or newer",
  },
  {
    one: { name: "core", range: "<1.11.0" },
    other: { name: "infrastructure-kubevirt", range: ">=0.11.0" },
    why: "the provider speaks the contract v1beta2, which Cluster API has from 1.11 on",
    fix: "take Cluster API 1.11 or newer",
  },
  {
    one: { name: "kubevirt-operator", range: "1.7.x" },
    other: { name: "kubevirt-operator", range: "1.7.x" },
    why: "live migration is broken in it (kubevirt#16386)",
    fix: "take 1.8.4 or newer",
  },
];

export const BAD_STEPS: readonly BadStep[] = [
  {
    name: "control-plane-kamaji",
    from: "<0.20.0",
    to: ">=0.20.0",
    why: "0.20 serves v1alpha2 only and converts nothing: control planes of tenants that were stored as v1alpha1 could not be read",
    fix: "move KamajiControlPlanes to v1alpha2 with 0.19 first, and run this again",
  },
];

/** Charts that cannot take the place of another one: what is immutable in its objects differs. */
export const NO_SUCCESSORS: Readonly<Record<string, { readonly of: string; readonly why: string }>> = {
  "kube-ovn-v2": { of: "kube-ovn", why: "selectors of its workloads cannot be changed in place" },
};
