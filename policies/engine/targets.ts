import type { GroupVersionKind } from "./kinds";
import { manifestsIn } from "./manifests";
import { readResource, type Resource } from "./resource";
import { Target } from "./target";
import { APPLY } from "./library/talos/config";
import { inlineManifests } from "./library/talos/inline-manifests";
import { Reader, View } from "./view";

/**
 * The targets a resource consists of: itself, and every Kubernetes object it carries. A List is not evaluated itself but
 * its elements are, however deep Lists are nested; each object once, so that cycles end.
 */
export function targetsOf(resource: Resource, reader: Reader): Target[] {
  const root = new View(resource.props, reader);
  const first = new Target(resource, root, false);
  const inner = carriedBy(first);
  if (inner === undefined) return [first];
  const targets: Target[] = isList(first) ? [] : [first];
  const seen = new Set<unknown>([resource.props]);
  const queue = inner.map((view) => [view, elementOf(first)] as const);
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const [view, element] = next;
    if (view.unreadable) {
      reader.note(view);
      continue;
    }
    const { value } = view;
    if (value === undefined || value === null) continue; // an empty document
    if (typeof value !== "object") {
      reader.note(view);
      continue;
    }
    if (seen.has(value)) continue;
    seen.add(value);
    const target = new Target(resource, view, true, element);
    const deeper = carriedBy(target);
    if (deeper === undefined) targets.push(target);
    else queue.push(...deeper.map((each) => [each, elementOf(target)] as const));
  }
  return targets;
}

/** Reads what `evaluate` was given; what is neither a resource nor a manifest is left out. */
export function resourcesOf(given: readonly unknown[]): Resource[] {
  return given.flatMap((each) => readResource(each) ?? []);
}

/** How findings name what is in a resource: itself and the objects that it carries. */
export function labelsOf(resource: Resource): string[] {
  return targetsOf(resource, new Reader()).map(({ label }) => label);
}

/** The objects a target carries in place of, or beside, being one itself; undefined for most. */
function carriedBy(target: Target): View[] | undefined {
  if (isList(target)) return [...target.root.field("items").items()].reverse();
  if (target.group === "yaml" || target.group === "kustomize") return manifestsIn(target);
  if (!target.embedded && target.type === APPLY) return inlineManifests(target);
  return undefined;
}

/** What the elements of a DeploymentList are, which do not say it themselves; those of a List do. */
function elementOf(target: Target): GroupVersionKind | undefined {
  const { group, version, kind } = target;
  return isList(target) && kind !== "List" ? { group, version, kind: kind.slice(0, -"List".length) } : undefined;
}

function isList(target: Target): boolean {
  if (!target.kubernetes || !target.kind.endsWith("List")) return false;
  const items = target.root.field("items");
  // a List of the core group is always a list; other kinds may have that name by chance
  return items.unreadable || Array.isArray(items.value) || (target.kind === "List" && items.present);
}
