import { type Fields, isFields } from "../../../../components/core/fields";
import {
  alwaysThere,
  checkDepth,
  copyOf,
  fieldType,
  join,
  type OnRefusal,
  own,
  structureOf,
  type Type,
  UndecidedPatchError,
  wordOf,
} from "./schema";

/** `$patch: delete` somewhere in a document: the way to what goes, through fields and, as undefined, elements of lists. */
export interface Deletion {
  readonly way: readonly (string | undefined)[];
  /** For an element, the first field that the patch names of it. */
  readonly key: string | undefined;
  readonly value: unknown;
}

const GONE = Symbol("gone");

/**
 * Takes the deletions out of a document, and with them every map and list that held nothing else.
 *
 * @returns the rest, undefined when nothing is left.
 */
export function splitDeletions(
  document: Fields,
  refuse: OnRefusal,
): { readonly deletions: readonly Deletion[]; readonly rest: Fields | undefined } {
  const deletions: Deletion[] = [];
  const rest = walk(document, [], deletions, refuse);
  return { deletions, rest: isFields(rest) ? rest : undefined };
}

function walk(value: unknown, way: Deletion["way"], found: Deletion[], refuse: OnRefusal): unknown {
  if (typeof value !== "object" || value === null) return value;
  checkDepth(way.length);
  if (Array.isArray(value)) {
    const kept = value.map((item) => walk(item, [...way, undefined], found, refuse)).filter((item) => item !== GONE);
    return kept.length === 0 && value.length > 0 ? GONE : kept;
  }
  const kept = copyOf({});
  let gone = false;
  for (const name of Object.keys(value)) {
    const inner = own(value, name);
    if (name === "$patch" && inner === "delete") {
      found.push(deletionOf(value as Fields, way, refuse));
      return GONE;
    }
    const rest = walk(inner, [...way, name], found, refuse);
    if (rest === GONE) gone = true;
    else kept[name] = rest;
  }
  return gone && Object.keys(kept).length === 0 ? GONE : kept;
}

function deletionOf(value: Fields, way: Deletion["way"], refuse: OnRefusal): Deletion {
  const isElement = way.length > 0 && way.at(-1) === undefined;
  const key = isElement ? Object.keys(value).find((name) => name !== "$patch") : undefined;
  // of lists in lists, and of fields in lists, Talos deletes nothing
  if (way.slice(0, isElement ? -1 : undefined).includes(undefined)) refuse(spelled(way), "inside");
  if (isElement && key === undefined) refuse(spelled(way), "missing");
  return { way, key, value: key === undefined ? undefined : own(value, key) };
}

function spelled(way: Deletion["way"]): string {
  return way.reduce<string>((path, step) => (step === undefined ? `${path}[]` : join(path, step)), "");
}

/** Deletes from a document, which is changed. */
export function applyDeletion(document: Fields, type: Type, deletion: Deletion, refuse: OnRefusal): void {
  const { way, key } = deletion;
  if (remove(document, type, way, deletion)) return;
  refuse(spelled(way).replace(/\[\]$/, key === undefined ? "[]" : `[${key}]`), "missing");
}

/** @returns whether it was there, as Talos looks for it. */
function remove(value: unknown, type: Type, way: Deletion["way"], deletion: Deletion): boolean {
  const [step, ...rest] = way;
  if (step === undefined) {
    const list = typeof type === "string" ? type : type.list;
    return Array.isArray(value) && list !== undefined && rest.length === 0 && removeElement(value, list, deletion);
  }
  const structure = structureOf(type);
  if (structure !== undefined) {
    const field = fieldType(structure, step);
    if (field === undefined) return false;
    if (rest.length === 0) return drop(value, step);
    const inner = own(value, step) ?? (alwaysThere(field) ? {} : undefined);
    return inner !== undefined && remove(inner, field, rest, deletion);
  }
  const element = typeof type === "string" ? anything(type) : type.map;
  const inner = own(value, step);
  if (element === undefined || !isFields(value) || !Object.hasOwn(value, step)) return false;
  return rest.length === 0 ? drop(value, step) : remove(inner, element, rest, deletion);
}

function anything(type: string): Type | undefined {
  return type === "any" || type === "free" ? type : undefined;
}

/** A field of the schema may be deleted where it is not set, since it only takes its zero value. */
function drop(value: unknown, name: string): true {
  if (isFields(value)) delete value[name];
  return true;
}

/** Takes out the first element that has the same text in the field. Numbers and truth values Talos does not compare. */
function removeElement(list: unknown[], type: Type, { key, value }: Deletion): boolean {
  if (key === undefined) return false;
  const field = type === "free" ? "string" : fieldType(structureOf(type) ?? {}, key);
  if (typeof field !== "string" || structureOf(field) !== undefined) return false;
  const word = wordOf(field);
  if (/^(?:bool|number|any|pem|argument)$/.test(word) || (word === "string" && field.startsWith("*"))) return false;
  const wanted = textOf(value);
  const index = list.findIndex((each) => isFields(each) && textOf(own(each, key)) === wanted);
  // what is written in several ways is compared as Talos writes it
  if (index < 0 && word !== "string" && list.length > 0) throw new UndecidedPatchError(`[${key}]`);
  if (index < 0) return false;
  list.splice(index, 1);
  return true;
}

function textOf(value: unknown): string {
  return typeof value === "object" || value === undefined ? "" : String(value as string);
}
