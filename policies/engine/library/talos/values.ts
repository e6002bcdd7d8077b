import { type Fields, isFields } from "../../../../components/core/fields";
import {
  alwaysThere,
  checkDepth,
  copyOf,
  type Collection,
  fieldType,
  join,
  type OnRefusal,
  own,
  type Structure,
  structureOf,
  type Type,
  UndecidedPatchError,
  wordOf,
} from "./schema";
import { MERGERS } from "./lists";

/** Where a merge is. */
export interface Place {
  readonly path: string;
  readonly depth: number;
  readonly refuse: OnRefusal;
}

/** Puts a structure onto one that is there. */
export function mergeStructure(left: Fields, right: Fields, structure: Structure, place: Place): Fields {
  const merged = copyOf(left);
  for (const name of Object.keys(right)) {
    const type = fieldType(structure, name) ?? "free";
    merged[name] = mergeValue(own(left, name), right[name], type, { ...place, path: join(place.path, name) });
  }
  // these are merged also where the patch does not name them
  for (const [name, type] of Object.entries(structure)) {
    if (type === "sealed") place.refuse(join(place.path, name), "merge");
    const absent = (own(right, name) ?? null) === null;
    if (type === "whole" && absent) delete merged[name];
    else if (absent && alwaysThere(type) && isFields(merged[name])) {
      merged[name] = mergeValue(merged[name], {}, type, { ...place, path: join(place.path, name) });
    }
  }
  return merged;
}

/** @param left undefined or null where nothing is there. */
export function mergeValue(left: unknown, right: unknown, type: Type, place: Place): unknown {
  checkDepth(place.depth);
  if (typeof type !== "string") return mergeCollection(left, right, type, place);
  const structure = structureOf(type);
  if (structure !== undefined && (isFields(right) || right === null)) {
    const there = isFields(left) ? left : alwaysThere(type) ? {} : undefined;
    if (right === null || there === undefined) return right ?? left;
    return mergeStructure(there, right, structure, { ...place, depth: place.depth + 1 });
  }
  return mergeScalar(left, right, type, place);
}

function mergeCollection(left: unknown, right: unknown, type: Collection, place: Place): unknown {
  if (right === null) return left;
  const { map, merger, replaced } = type;
  // an empty list is a value, an empty map is none
  if (replaced === true) return map !== undefined && isFields(right) && Object.keys(right).length === 0 ? left : right;
  if (Array.isArray(right)) {
    const there = Array.isArray(left) ? left : undefined;
    const merge = merger === undefined ? undefined : MERGERS[merger];
    const structure = structureOf(type.list ?? "any");
    if (merge !== undefined && structure !== undefined) {
      const inner = { ...place, path: `${place.path}[]`, depth: place.depth + 1 };
      return merge(there ?? [], right, (one, other) => mergeStructure(one, other, structure, inner));
    }
    return there === undefined ? right : [...(there as unknown[]), ...(right as unknown[])];
  }
  if (map === undefined || !isFields(right) || !isFields(left)) return right;
  const merged = copyOf(left);
  for (const name of Object.keys(right)) {
    const there = merged[name] ?? undefined;
    const inner = { ...place, path: join(place.path, name), depth: place.depth + 1 };
    merged[name] =
      there === undefined || merger !== undefined ? right[name] : mergeValue(there, right[name], map, inner);
  }
  return merged;
}

function mergeScalar(left: unknown, right: unknown, type: string, place: Place): unknown {
  const there = left !== undefined && left !== null;
  switch (wordOf(type)) {
    case "any":
      return mergeAnything(left, right, place, true);
    case "free":
      return mergeAnything(left, right, place, false);
    case "whole":
      return right ?? undefined;
    case "sealed":
      if (there && right !== null) place.refuse(place.path, "merge");
      return right ?? left;
    case "pem":
      // what the patch does not give of it is empty afterwards
      return right ?? left;
    case "url":
      return there && right !== null
        ? mergeUrl(String(left as string), String(right as string), place)
        : (right ?? left);
    case "size":
      // where bytes and a share were given, the bytes count
      return isShare(right) && there && !isShare(left) ? left : (right ?? left);
    default:
      return there && (right === null || isZero(right, type)) ? left : right;
  }
}

/** Behind a pointer only nothing is nothing; of truth values, false is none. */
function isZero(value: unknown, type: string): boolean {
  if (type.startsWith("*")) return false;
  return value === "" || value === 0 || (type.startsWith("name:") && value === type.slice("name:".length));
}

function isShare(value: unknown): boolean {
  return typeof value === "string" && value.endsWith("%");
}

const PLAIN_URL = /^([a-z][a-z0-9+.-]*:\/\/)([A-Za-z0-9.:[\]-]+)(\/[\w./-]*)?(\?[\w=&,.-]*)?$/;

/** Each part of an address is merged by itself: one without a path keeps the path that was there. */
function mergeUrl(left: string, right: string, { path }: Place): string {
  if (left === right || right === "") return left;
  const [ours, theirs] = [PLAIN_URL.exec(left), PLAIN_URL.exec(right)];
  if (ours === null || theirs === null) throw new UndecidedPatchError(path);
  return [1, 2, 3, 4].map((part) => theirs[part] ?? ours[part] ?? "").join("");
}

/**
 * What has no schema. Talos (strict) refuses to put a value onto one of another type; of documents that it does not
 * know, what is there is replaced.
 */
function mergeAnything(left: unknown, right: unknown, place: Place, strict: boolean): unknown {
  if (left === undefined || left === null) return right;
  checkDepth(place.depth);
  if (isFields(left) && isFields(right)) {
    const merged = copyOf(left);
    for (const name of Object.keys(right)) {
      const inner = { ...place, path: join(place.path, name), depth: place.depth + 1 };
      merged[name] = mergeAnything(merged[name], right[name], inner, strict);
    }
    return merged;
  }
  if (Array.isArray(left) && Array.isArray(right)) return [...(left as unknown[]), ...(right as unknown[])];
  if (strict && kindOf(left) !== kindOf(right)) place.refuse(place.path, "merge");
  return right === null || right === "" || right === 0 ? left : right;
}

/** Go's types of values without a schema. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "list";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "float";
  return value === null ? "nothing" : typeof value;
}
