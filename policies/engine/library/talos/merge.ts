import { type Fields, isFields } from "../../../../components/core/fields";
/**
 * Puts patches onto a machine configuration as Talos does: documents are matched by kind and name, maps are merged,
 * lists joined, values replaced. JSON patches apply to the main document.
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

/** @throws RangeError when something is nested deeper than any configuration is. */
export function applyPatch(documents: Documents, patch: unknown): void {
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
  const present = documents.get(key);
  const kind = own(patch, "kind");
  documents.set(key, mergeFields(present ?? {}, patch, key === "" || typeof kind !== "string" ? "" : kind, 0));
}

export function documentKey(document: Fields): string {
  const kind = own(document, "kind");
  const name = own(document, "name");
  if (typeof kind !== "string") return "";
  return typeof name === "string" ? `${kind} ${name}` : kind;
}

function mergeFields(present: Fields, patch: Fields, path: string, depth: number): Fields {
  if (depth > MAX_DEPTH) throw new RangeError("nested too deeply");
  // without a prototype, a field called __proto__ is a field like any other
  const merged = Object.assign(Object.create(null) as Fields, ownFields(present));
  for (const name of Object.keys(patch)) {
    if (name === "$patch") continue;
    const value = patch[name];
    const inner = path === "" ? name : `${path}.${name}`;
    if (isFields(value) && own(value, "$patch") === "delete") delete merged[name];
    else merged[name] = mergeValue(merged[name], value, inner, depth + 1);
  }
  return merged;
}

function ownFields(fields: Fields): Fields {
  const copy = Object.create(null) as Fields;
  for (const name of Object.keys(fields)) copy[name] = fields[name];
  return copy;
}

function mergeValue(present: unknown, patch: unknown, path: string, depth: number): unknown {
  if (isFields(patch)) {
    const replaced = REPLACED.test(path) || !isFields(present);
    return mergeFields(replaced ? {} : present, patch, path, depth);
  }
  if (Array.isArray(patch) && Array.isArray(present)) {
    return REPLACED.test(path) ? patch : mergeLists(present, patch, path, depth);
  }
  // Go cannot tell a zero value from none, so a patch cannot set one; false it can
  const nothing = patch === undefined || patch === null || patch === "" || patch === 0;
  return nothing && present !== undefined ? present : patch;
}

function mergeLists(present: readonly unknown[], patch: readonly unknown[], path: string, depth: number): unknown[] {
  const key = KEYED.find(([pattern]) => pattern.test(path))?.[1];
  if (key === undefined) return [...present, ...patch.filter((item) => !(isFields(item) && "$patch" in item))];
  const merged = [...present];
  for (const item of patch) {
    const index = merged.findIndex((each) => isFields(each) && isFields(item) && own(each, key) === own(item, key));
    const same = merged[index];
    if (!isFields(item) || !isFields(same)) merged.push(item);
    else if (own(item, "$patch") === "delete") merged.splice(index, 1);
    else merged[index] = mergeFields(same, item, path, depth + 1);
  }
  return merged;
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
