import { type Fields, isFields } from "../../../../components/core/fields";
/**
 * Puts patches onto a machine configuration as Talos does: documents are matched by kind and name, maps are merged,
 * lists joined, values replaced. JSON patches apply to the main document.
 *
 * `$patch: delete` is obeyed before the rest of a patch. Talos (machinery 1.13.0) refuses the whole patch with "lookup
 * failed" when the way to what is deleted ends early: a section above it is absent, a map of free names (extraArgs,
 * sysctls) has no such name, or no element of a list has that key. A field of the schema may be deleted where it is
 * not set, since it only takes its zero value. Of documents beside the main one, only their maps and lists are looked
 * at that closely.
 */

/** Documents by kind and name; the main one, which has no kind, is "". */
export type Documents = Map<string, Fields>;

/** Nothing that people write is deeper; deeper is not merged, so that nothing overflows. */
const MAX_DEPTH = 48;

/** Lists that a patch replaces as a whole. */
const REPLACED =
  /^(?:cluster\.network\.(?:pod|service)Subnets|cluster\.apiServer\.auditPolicy|NetworkRuleConfig\.ingress|NetworkRuleConfig\.portSelector\.ports)$/;

/** Lists whose elements are merged when they are about the same thing. */
const KEYED: readonly (readonly [path: RegExp, key: string])[] = [
  [/^cluster\.apiServer\.admissionControl$/, "name"],
  [/^machine\.network\.interfaces$/, "interface"],
  [/^(?:VolumeConfig|UserVolumeConfig|machine\.systemDiskEncryption\.\w+)(?:\.encryption)?\.keys$/, "slot"],
];

/** Maps whose names are free. */
const FREE =
  /(?:^|\.)(?:extraArgs|env|sysctls|sysfs|nodeLabels|nodeAnnotations|nodeTaints|extraTags|extraManifestHeaders|registries\.(?:mirrors|config))$/;

/** Maps that are free all the way down. */
const UNSTRUCTURED =
  /(?:^|\.)(?:extraConfig|credentialProviderConfig|baseRuntimeSpecOverrides|auditPolicy|scheduler\.config|resources\.(?:requests|limits))(?:\.|$)/;

/** Sections that are there without being written. */
const ALWAYS = /^(?:machine\.registries|cluster\.discovery\.registries(?:\.(?:kubernetes|service))?)$/;

/** Told the path of each deletion that finds nothing, where Talos refuses that; the rest of the patch goes on. */
export type OnMissing = (path: string) => void;

/** What Talos would have refused to delete. */
export class MissingPathError extends Error {
  constructor(readonly path: string) {
    super(`${path}: nothing is there to delete — Talos refuses such a patch; delete only what the configuration has`);
  }
}

function refuse(path: string): never {
  throw new MissingPathError(path);
}

/**
 * @param missing by default, what Talos refuses is thrown; give another where the configuration is known in part only.
 * @throws RangeError when something is nested deeper than any configuration is.
 * @throws MissingPathError for a deletion that Talos refuses.
 */
export function applyPatch(documents: Documents, patch: unknown, missing: OnMissing = refuse): void {
  if (Array.isArray(patch)) {
    applyJsonPatch(documents, patch);
    return;
  }
  if (!isFields(patch)) return;
  const key = documentKey(patch);
  if (own(patch, "$patch") === "delete") {
    documents.delete(key);
    return;
  }
  const kind = own(patch, "kind");
  const path = key === "" || typeof kind !== "string" ? "" : kind;
  documents.set(key, mergeFields(documents.get(key), patch, { path, depth: 0, main: path === "", missing }));
}

export function documentKey(document: Fields): string {
  const kind = own(document, "kind");
  const name = own(document, "name");
  if (typeof kind !== "string") return "";
  return typeof name === "string" ? `${kind} ${name}` : kind;
}

/** Where in a document the merge is. */
interface Place {
  readonly path: string;
  readonly depth: number;
  /** Whether it is the main document, whose sections Talos looks up one by one. */
  readonly main: boolean;
  readonly missing: OnMissing;
}

function mergeFields(present: Fields | undefined, patch: Fields, place: Place): Fields {
  const { path, depth, main, missing } = place;
  if (depth > MAX_DEPTH) throw new RangeError("nested too deeply");
  const absent = present === undefined && main && !ALWAYS.test(path);
  const free = FREE.test(path) || UNSTRUCTURED.test(path);
  // without a prototype, a field called __proto__ is a field like any other
  const merged = ownFields(present ?? {});
  for (const name of Object.keys(patch)) {
    if (name === "$patch") continue;
    const value = patch[name];
    const inner = path === "" ? name : `${path}.${name}`;
    if (isDeletion(value)) {
      if (absent || (free && merged[name] === undefined)) missing(inner);
      delete merged[name];
    } else merged[name] = mergeValue(merged[name], value, { ...place, path: inner, depth: depth + 1 });
  }
  return merged;
}

function isDeletion(value: unknown): value is Fields {
  return isFields(value) && own(value, "$patch") === "delete";
}

function ownFields(fields: Fields): Fields {
  const copy = Object.create(null) as Fields;
  for (const name of Object.keys(fields)) copy[name] = fields[name];
  return copy;
}

function mergeValue(present: unknown, patch: unknown, place: Place): unknown {
  if (isFields(patch)) {
    const replaced = REPLACED.test(place.path) && isFields(present);
    if (replaced) return mergeFields({}, patch, { ...place, missing: () => undefined });
    return mergeFields(isFields(present) ? present : undefined, patch, place);
  }
  if (Array.isArray(patch) && (Array.isArray(present) || patch.some(isDeletion))) {
    return mergeLists(Array.isArray(present) ? present : [], patch, place);
  }
  // Go cannot tell a zero value from none, so a patch cannot set one; false it can
  const nothing = patch === undefined || patch === null || patch === "" || patch === 0;
  return nothing && present !== undefined ? present : patch;
}

function mergeLists(present: readonly unknown[], patch: readonly unknown[], place: Place): unknown[] {
  const { path, depth } = place;
  const merged = [...present];
  for (const deletion of patch.filter(isDeletion)) deleteElement(merged, deletion, place);
  const added = patch.filter((item) => !isDeletion(item));
  if (REPLACED.test(path)) return added.length === 0 && patch.length > 0 ? merged : added;
  const key = KEYED.find(([pattern]) => pattern.test(path))?.[1];
  if (key === undefined) return [...merged, ...added];
  for (const item of added) {
    const index = merged.findIndex((each) => isFields(each) && isFields(item) && own(each, key) === own(item, key));
    const same = merged[index];
    if (!isFields(item) || !isFields(same)) merged.push(item);
    else merged[index] = mergeFields(same, item, { ...place, depth: depth + 1 });
  }
  return merged;
}

/** Takes out the element that has the same value in the first field that the deletion names. */
function deleteElement(list: unknown[], deletion: Fields, { path, missing }: Place): void {
  const key = Object.keys(deletion).find((name) => name !== "$patch") ?? "";
  const wanted = own(deletion, key);
  const index = list.findIndex((each) => isFields(each) && Object.hasOwn(each, key) && each[key] === wanted);
  if (index < 0) missing(`${path}[${key}]`);
  else list.splice(index, 1);
}

/** RFC 6902, as far as patches of configurations use it: add, replace and remove. */
function applyJsonPatch(documents: Documents, operations: readonly unknown[]): void {
  const main = structuredClone(documents.get("") ?? {});
  for (const operation of operations) {
    if (!isFields(operation)) continue;
    const path = own(operation, "path");
    if (typeof path !== "string" || !path.startsWith("/")) continue;
    const way = path
      .slice(1)
      .split("/")
      .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
    const last = way.pop() ?? "";
    const holder = way.reduce<unknown>(enter, main);
    const remove = own(operation, "op") === "remove";
    if (Array.isArray(holder)) {
      const index = last === "-" ? holder.length : Number(last);
      if (remove) holder.splice(index, 1);
      else holder.splice(index, own(operation, "op") === "replace" ? 1 : 0, own(operation, "value"));
    } else if (isFields(holder)) {
      if (remove) delete holder[last];
      else define(holder, last, own(operation, "value"));
    }
  }
  documents.set("", main);
}

function enter(holder: unknown, step: string): unknown {
  if (Array.isArray(holder)) return holder[Number(step)] as unknown;
  if (!isFields(holder)) return undefined;
  if (!Object.hasOwn(holder, step)) define(holder, step, {});
  return holder[step];
}

function define(holder: Fields, name: string, value: unknown): void {
  Object.defineProperty(holder, name, { value, writable: true, enumerable: true, configurable: true });
}

function own(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}
