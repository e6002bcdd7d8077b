import type { Tier } from "../core/schema";

/*
 * Exemptions from rules of the policy pack, as a component or an add-on states them beside itself.
 */

/** Exempts one object that a chart renders from rules, by the reason why they cannot hold for it. */
export interface ChartExemption {
  readonly object: { readonly kind: string; readonly name: string };
  readonly because: Readonly<Record<string, readonly string[]>>;
}

/** Exempts what the program itself makes from a rule. */
export interface ObjectExemption {
  readonly rule: string;
  readonly selector: Readonly<Record<string, string>>;
  readonly reason: string;
  /** Only in clouds of this tier. Default: in all. */
  readonly tier?: Tier;
  /** Of an add-on: only where a tenant has this setting of it on. Default: wherever a tenant has the add-on. */
  readonly setting?: { readonly name: string; readonly default: boolean };
}

/**
 * Who answers for the exemptions of components, and the last day on which they hold: by then each has to be looked at
 * again. A site says otherwise under `components` in policies.yaml.
 */
export const REVIEW = { owner: "platform", expiry: "2027-11-30" } as const;

/** For charts whose values take no digest. */
export const IMAGE_BY_TAG = {
  "upstream names the image by its tag, which a site that keeps a mirror pins there": ["image-digest"],
} as const;

/** For charts that are made of upstream's manifests. */
export const MANIFEST_BY_TAG = { "upstream publishes manifests by tag": ["image-digest"] } as const;

/** For webhooks that refuse when they are down, and cannot block the cluster by that. */
export const OWN_KINDS_ONLY = {
  "it is asked only about objects of its own API group, so kube-system does not wait for it": ["webhook-fail-closed"],
} as const;

/** For releases that take their CRDs along, which only a production program keeps in the cluster. */
export function replacedDefinitions(release: string, names: string): ObjectExemption {
  return {
    rule: "pulumi-replace-guard",
    selector: { release, kind: "CustomResourceDefinition", name: names },
    reason: "in development a release takes its definitions along, so that `destroy` leaves nothing",
    tier: "development",
  };
}

/** For namespaces whose pods are all on the network of the machines. */
export function hostNetworkOnly(namespace: string): ObjectExemption {
  return {
    rule: "namespace-network-policy",
    selector: { kind: "Namespace", name: namespace },
    reason: "its pods are on the network of the machines, which policies do not see",
  };
}
