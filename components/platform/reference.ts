import type { Capability } from "./capabilities";
import { type ChartLock, lockedChart } from "./charts/lock";
import { type Component, isChart } from "./component";
import { chartsOf } from "./registry";

/** What the reference page says about one component; plain data. */
export interface ComponentReference {
  readonly name: string;
  readonly description: string;
  readonly enabledByDefault: boolean;
  readonly charts: readonly { readonly name: string; readonly version: string; readonly source: string }[];
  readonly images: readonly string[];
  readonly namespaces: readonly { readonly name: string; readonly podSecurity: string }[];
  readonly provides: readonly string[];
  /** Of others, without what it provides itself. */
  readonly needs: readonly string[];
  /** Paths of its own settings: `platform.storage.pool`. */
  readonly settings: readonly string[];
  readonly exemptions: readonly ExemptionReference[];
}

/** Rules that cannot hold for one object, and why. */
export interface ExemptionReference {
  /** `DaemonSet speaker` */
  readonly object: string;
  readonly reason: string;
  readonly rules: readonly string[];
}

/** @throws InvalidInput when a chart is not in the lock. */
export function componentReference(component: Component, lock: ChartLock): ComponentReference {
  const { name, description, enabledByDefault = true, namespaces, stages, settings = {} } = component;
  return {
    name,
    description,
    enabledByDefault,
    charts: stages.filter(isChart).map(({ chart }) => ({ name: chart, ...sourceOf(chart, lock) })),
    images: imagesOf([component]),
    namespaces: Object.entries(namespaces).map(([namespace, { podSecurity }]) => ({ name: namespace, podSecurity })),
    provides: providedBy(component),
    needs: neededBy(component),
    settings: Object.entries(settings).flatMap(([section, shape]) =>
      Object.keys(shape).map((field) => `platform.${section}.${field}`),
    ),
    exemptions: exemptionsOf(component),
  };
}

/** Capabilities that a component provides, each once. */
export function providedBy({ stages }: Component): readonly Capability[] {
  return unique(stages.flatMap(({ provides = [] }) => provides));
}

/** Capabilities that a component needs of others, each once. */
export function neededBy(component: Component): readonly Capability[] {
  const own = providedBy(component);
  return unique(component.stages.flatMap(({ needs = [] }) => needs)).filter((need) => !own.includes(need));
}

/**
 * Bill of images: every repository that a mirror has to have for these components, upstream's names, sorted. An entry
 * without a path, or with only part of one, stands for the images below it that a chart names itself.
 */
export function imagesOf(components: readonly Component[]): readonly string[] {
  const named = chartsOf(components).flatMap(({ images }) => Object.values(images));
  return unique([...named, ...components.flatMap(({ images = [] }) => images)]).sort();
}

function sourceOf(chart: string, lock: ChartLock): { readonly version: string; readonly source: string } {
  const { version, repository, archive, manifests = [] } = lockedChart(lock, chart);
  const source = repository ?? archive?.url ?? manifests.map(({ url }) => url).join(", ");
  return { version, source };
}

function exemptionsOf({ stages, exemptions = [] }: Component): ExemptionReference[] {
  const ofCharts = stages.filter(isChart).flatMap((stage) => stage.exemptions ?? []);
  return [
    ...ofCharts.flatMap(({ object, because }) =>
      Object.entries(because).map(([reason, rules]) => ({ object: `${object.kind} ${object.name}`, reason, rules })),
    ),
    ...exemptions.map(({ rule, selector, reason }) => ({
      object: [selector["kind"], selector["name"]].filter((part) => part !== undefined).join(" "),
      reason,
      rules: [rule],
    })),
  ];
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
