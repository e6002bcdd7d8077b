import type { Capability } from "./capabilities";
import type { Component } from "./component";
import { chartsOf } from "./registry";

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

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
