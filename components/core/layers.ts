/** Names of the settings of a stack file that belong to this project: `firmament:<key>`. */
export const NAMESPACE = "firmament";

/** The layers of a cloud, producers before their consumers. Every stack belongs to one. */
export const LAYERS = ["base", "platform", "tenant"] as const;
export type Layer = (typeof LAYERS)[number];

/** Orders layers as they are deployed: negative when `one` comes before `other`. */
export function compareLayers(one: Layer, other: Layer): number {
  return LAYERS.indexOf(one) - LAYERS.indexOf(other);
}
