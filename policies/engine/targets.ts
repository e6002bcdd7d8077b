import type { GroupVersionKind } from "./kinds";
import { manifestsIn } from "./manifests";
import { readResource, type Resource } from "./resource";
import { Subject } from "./target";
import { APPLY } from "../rules/talos/config";
import { inlineManifests } from "../rules/talos/inline-manifests";
import { View, type Reader } from "./view";

/**
 * The subjects a resource consists of: itself, and every Kubernetes object it carries. A List is not judged itself but
 * its elements are, however deep Lists are nested; each object once, so that cycles end.
 */
export function subjectsOf(resource: Resource, reader: Reader): Subject[] {
  const root = new View(resource.props, reader);
  const first = new Subject(resource, root, false);
  const inner = carriedBy(first);
  if (inner === undefined) return [first];
  const subjects: Subject[] = isList(first) ? [] : [first];
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
    const subject = new Subject(resource, view, true, element);
    const deeper = carriedBy(subject);
    if (deeper === undefined) subjects.push(subject);
    else queue.push(...deeper.map((each) => [each, elementOf(subject)] as const));
  }
  return subjects;
}

/** Reads what `evaluate` was given; what is neither a resource nor a manifest is left out. */
export function resourcesOf(given: readonly unknown[]): Resource[] {
  return given.flatMap((each) => readResource(each) ?? []);
}

/** The objects a subject carries in place of, or beside, being one itself; undefined for most. */
function carriedBy(subject: Subject): View[] | undefined {
  if (isList(subject)) return [...subject.root.field("items").items()].reverse();
  if (subject.group === "yaml" || subject.group === "kustomize") return manifestsIn(subject);
  if (!subject.embedded && subject.type === APPLY) return inlineManifests(subject);
  return undefined;
}

/** What the elements of a DeploymentList are, which do not say it themselves; those of a List do. */
function elementOf(subject: Subject): GroupVersionKind | undefined {
  const { group, version, kind } = subject;
  return isList(subject) && kind !== "List" ? { group, version, kind: kind.slice(0, -"List".length) } : undefined;
}

function isList(subject: Subject): boolean {
  if (!subject.kubernetes || !subject.kind.endsWith("List")) return false;
  const items = subject.root.field("items");
  // a List is nothing else, whatever its elements are; other kinds may only happen to be called so
  return items.unreadable || Array.isArray(items.value) || (subject.kind === "List" && items.present);
}
