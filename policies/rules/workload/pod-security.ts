import type { ContainerView, PodView } from "../../engine/pods";
import type { Violation } from "../../engine/rule";
import type { Settings } from "../../engine/settings";
import type { View } from "../../engine/view";

/** Facts of the Pod Security Standards that several of its rules share. Versions are minors: 25 is v1.25. */

/** From this version on, what Windows ignores is not asked of pods that say they are for Windows. */
export const WINDOWS_EXEMPT = 25;

/** From this version on, root inside a user namespace of its own counts as an ordinary user. */
export const USER_NAMESPACES = 35;

/** Leaves out violations of a pod for Windows, where the version of the standards exempts them. */
export function unlessWindows(pod: PodView, settings: Settings, found: Iterable<Violation>): Iterable<Violation> {
  return settings.policyVersion >= WINDOWS_EXEMPT ? unlessValue(pod.spec.at("os", "name"), "windows", found) : found;
}

/** Leaves out violations of a pod with a user namespace of its own, where the version exempts them. */
export function unlessUserNamespace(pod: PodView, settings: Settings, found: Iterable<Violation>): Iterable<Violation> {
  return settings.policyVersion >= USER_NAMESPACES ? unlessValue(pod.spec.field("hostUsers"), false, found) : found;
}

/**
 * A stricter rule takes the place of its milder twin when the restricted level is asked for; both agree but for pods
 * for Windows, which the stricter one exempts.
 */
export function unlessOverridden(pod: PodView, settings: Settings, found: Iterable<Violation>): Iterable<Violation> {
  return settings.profile === "restricted" ? unlessWindows(pod, settings, found) : found;
}

function* unlessValue(excuse: View, value: string | boolean, found: Iterable<Violation>): Generator<Violation> {
  for (const violation of found) {
    if (excuse.is(value)) return;
    const { unless } = violation;
    yield { ...violation, unless: unless === undefined ? [excuse] : [...unless, excuse] };
  }
}

/** securityContext of the pod and of each of its containers: most fields may stand in either. */
export function securityContexts(pod: PodView): readonly View[] {
  return [pod.spec.field("securityContext"), ...pod.containers.map(({ security }) => security)];
}

/** What a field says at pod level and, where containers say it themselves, at theirs. */
export interface Setting {
  readonly pod: View;
  readonly containers: readonly { readonly container: ContainerView; readonly view: View }[];
}

export function settingOf(pod: PodView, name: string): Setting {
  return {
    pod: pod.spec.at("securityContext", name),
    containers: pod.containers.map((container) => ({ container, view: container.security.field(name) })),
  };
}
