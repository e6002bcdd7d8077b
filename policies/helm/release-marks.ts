import type { Subject } from "../subject";

/** Annotations that Helm gives to everything it makes, and `renderReleases` to everything it renders. */
export const RELEASE_NAME = "meta.helm.sh/release-name";
export const RELEASE_NAMESPACE = "meta.helm.sh/release-namespace";

/** `<namespace>/<name>` of the release that an object says it belongs to. */
export function releaseOf({ annotations }: Subject): string | undefined {
  if (annotations.unreadable) return undefined;
  const [name, namespace] = [annotations.field(RELEASE_NAME), annotations.field(RELEASE_NAMESPACE)];
  if (name.unreadable || namespace.unreadable || name.text === undefined) return undefined;
  return `${namespace.text ?? ""}/${name.text}`;
}
