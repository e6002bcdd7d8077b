import type { Owner, View } from "../../view";

/** Annotations that Helm gives to everything it makes, and `renderReleases` to everything it renders. */
export const RELEASE_NAME = "meta.helm.sh/release-name";
export const RELEASE_NAMESPACE = "meta.helm.sh/release-namespace";

/** Where an object says which release it belongs to. */
export function marksOf({ annotations }: Owner): readonly [name: View, namespace: View] {
  return [annotations.field(RELEASE_NAME), annotations.field(RELEASE_NAMESPACE)];
}

/** `<namespace>/<name>` of the release that an object says it belongs to. */
export function releaseOf(target: Owner): string | undefined {
  const [name, namespace] = marksOf(target);
  if (name.unreadable || namespace.unreadable || name.text === undefined) return undefined;
  return `${namespace.text ?? ""}/${name.text}`;
}
