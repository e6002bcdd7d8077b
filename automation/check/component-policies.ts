import type { Tier } from "../../components/core/schema";
import { type ChartExemption, type ObjectExemption, REVIEW } from "../../components/kubernetes/exemptions";
import { type Component, isChart } from "../../components/platform/component";
import type { TenantAddon } from "../../components/tenant/addon";
import type { Exemption } from "../../policies";

/** What the policy pack has to know of the components of a cloud. */
export interface ComponentPolicies {
  /** Namespaces that may run privileged pods. */
  readonly privilegedNamespaces: readonly string[];
  /** Workloads, `<namespace>/<name>`, that talk to the Kubernetes API. */
  readonly apiClients: readonly string[];
  /** For objects that the programs make. */
  readonly exemptions: readonly Exemption[];
  /** For objects that charts render, which only a check sees. */
  readonly charts: readonly Exemption[];
}

/** Who answers for the exemptions of components, and the last day on which they hold, YYYY-MM-DD. */
export interface Review {
  readonly owner: string;
  readonly expiry: string;
}

/**
 * What components and add-ons state beside themselves, as the policy pack takes it. A component that is not among them
 * brings nothing.
 */
export function componentPolicies(
  components: readonly Component[],
  addons: readonly TenantAddon[],
  tier: Tier,
  review: Review = REVIEW,
): ComponentPolicies {
  const releases = [
    ...components.flatMap(({ stages }) =>
      stages
        .filter(isChart)
        .map(({ namespace, chart, exemptions = [] }) => [`${namespace}/${chart}`, exemptions] as const),
    ),
    ...addons.flatMap(({ exemptions = {} }) => Object.entries(exemptions)),
  ];
  return {
    privilegedNamespaces: [...new Set(components.flatMap(privileged))],
    apiClients: [...components, ...addons].flatMap(({ apiClients = [] }) => apiClients),
    exemptions: [...components, ...addons.map(({ objectExemptions = [] }) => ({ exemptions: objectExemptions }))]
      .flatMap(({ exemptions = [] }) => exemptions)
      .filter((exemption) => !closedByOthers(exemption, components))
      .filter((exemption) => exemption.tier === undefined || exemption.tier === tier)
      .map((exemption) => documented(exemption, review)),
    charts: releases.flatMap(([release, exemptions]) => ofRelease(release, exemptions, review)),
  };
}

/** One exemption for each rule of each object. */
export function ofRelease(release: string, exemptions: readonly ChartExemption[], review: Review): Exemption[] {
  return exemptions.flatMap(({ object, because }) =>
    Object.entries(because).flatMap(([reason, rules]) =>
      rules.map((rule) => ({ rule, selector: { release, ...object }, reason, ...review })),
    ),
  );
}

/** Whether it says of a namespace that it has no pods of its own, and another component brings some, with a policy. */
function closedByOthers({ rule, selector }: ObjectExemption, components: readonly Component[]): boolean {
  return (
    rule === "namespace-network-policy" &&
    components.some(({ namespaces }) => namespaces[selector["name"] ?? ""]?.traffic !== undefined)
  );
}

function privileged({ namespaces }: Component): string[] {
  return Object.entries(namespaces)
    .filter(([, { podSecurity }]) => podSecurity === "privileged")
    .map(([name]) => name);
}

function documented({ rule, selector, reason }: ObjectExemption, review: Review): Exemption {
  return { rule, selector, reason, ...review };
}
