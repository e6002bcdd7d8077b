import { type Fields, isFields } from "../../../../components/core/fields";
import { decode } from "./decode";
import { applyDeletion, type Deletion, splitDeletions } from "./deletions";
import { applyJsonPatch } from "./json-patch";
import { documentKind, knows, type OnRefusal, own, refuse, structureOf } from "./schema";
import { mergeStructure, mergeValue } from "./values";

export { type OnRefusal, refuse, RefusedPatchError, UndecidedPatchError } from "./schema";

/**
 * Puts patches onto a machine configuration as Talos does (machinery 1.13.0, which the provider is built from):
 * documents are matched by kind and name, deletions come before the rest, and schema.ts says what becomes of each value.
 * A property test compares the two (test/conformance).
 *
 * Documents of kinds that it does not know, which Talos 1.14 brings, it refuses. Where that is left to others they are
 * merged too, so that rules see what they say: maps are merged, lists joined, values replaced.
 */

/** Documents by kind and name; the main one, which has no kind, is "". */
export type Documents = Map<string, Fields>;

/**
 * One patch, given as one document.
 *
 * @param onRefusal by default, what Talos refuses is thrown; give another where the configuration is known in part only.
 * The rest of the patch then goes on.
 * @throws RangeError when something is nested deeper than any configuration is.
 * @throws RefusedPatchError for a patch that Talos refuses.
 * @throws UndecidedPatchError when what Talos makes of it cannot be said here.
 */
export function applyPatch(documents: Documents, patch: unknown, onRefusal: OnRefusal = refuse): void {
  applyPatches(documents, [patch], onRefusal);
}

/** One patch, given as the documents of its text; see {@link applyPatch}. When something is thrown, nothing has changed. */
export function applyPatches(documents: Documents, patch: readonly unknown[], onRefusal: OnRefusal = refuse): void {
  const patched: Documents = new Map(documents);
  const [only] = patch;
  if (Array.isArray(only) && patch.length === 1) {
    // of several documents Talos patches none so
    if (documents.size > 1) onRefusal("", "json");
    patched.set("", applyJsonPatch(documents.get("") ?? {}, only, onRefusal));
  } else mergeDocuments(documents, patched, patch, onRefusal);
  documents.clear();
  for (const [key, document] of patched) documents.set(key, document);
}

/** One document of a patch. */
interface Given {
  readonly key: string;
  readonly deletions: readonly Deletion[];
  /** What is left of it without the deletions. */
  readonly rest: Fields | undefined;
}

/** @param before what is there before the patch: nothing else is deleted. */
function mergeDocuments(before: Documents, patched: Documents, patch: readonly unknown[], onRefusal: OnRefusal): void {
  const given = patch.flatMap((document): Given[] => {
    if (document === null || document === undefined) return [];
    if (isFields(document)) return [read(document, onRefusal)];
    onRefusal("", "identity");
    return [];
  });
  const seen = new Set<string>();
  const drop = ({ key, deletions }: Given) => {
    for (const deletion of deletions) deleteFrom(before, patched, key, deletion, onRefusal);
  };
  const add = ({ key, rest }: Given) => {
    if (rest === undefined) return;
    if (seen.has(key)) onRefusal(key, "twice");
    seen.add(key);
    put(patched, key, rest, onRefusal);
  };
  // the main document comes first, and of it all deletions; of the others, each document for itself
  const [main, others] = [given.filter(({ key }) => key === ""), given.filter(({ key }) => key !== "")];
  main.forEach(drop);
  main.forEach(add);
  for (const other of others) {
    drop(other);
    add(other);
  }
  if (given.every(({ deletions, rest }) => deletions.length === 0 && rest === undefined)) onRefusal("", "nothing");
  checkConflicts(patched, onRefusal);
}

function read(document: Fields, onRefusal: OnRefusal): Given {
  const key = documentKey(document);
  const { deletions, rest } = splitDeletions(document, onRefusal);
  const given = { key, deletions, rest: rest === undefined || isEmpty(rest) ? undefined : rest };
  if (deletions.length > 0 || given.rest !== undefined) checkIdentity(document, onRefusal);
  return given;
}

function deleteFrom(
  before: Documents,
  patched: Documents,
  key: string,
  deletion: Deletion,
  onRefusal: OnRefusal,
): void {
  const whole = deletion.way.length === 0;
  if (whole && key === "") return onRefusal("", "main");
  if (!before.has(key) && key !== "") onRefusal(key, "missing");
  if (whole) {
    patched.delete(key);
    return;
  }
  const there = structuredClone(patched.get(key) ?? {});
  const { type } = documentKind(kindOf(key));
  applyDeletion(there, type, deletion, (path, reason) => onRefusal(key === "" ? path : `${key} ${path}`, reason));
  if (patched.has(key)) patched.set(key, there);
}

/** A document that is there is merged, another one added. */
function put(patched: Documents, key: string, given: Fields, refuseAt: OnRefusal): void {
  const { type } = documentKind(kindOf(key));
  const onRefusal: OnRefusal = (path, reason) => refuseAt(key === "" ? path : `${key} ${path}`.trimEnd(), reason);
  const right = decode(given, type, "", onRefusal) as Fields;
  const left = patched.get(key);
  const place = { path: "", depth: 0, refuse: onRefusal };
  const structure = structureOf(type);
  if (left === undefined) patched.set(key, right);
  else if (structure !== undefined) patched.set(key, mergeStructure(left, right, structure, place));
  else patched.set(key, mergeValue(left, right, type, place) as Fields);
}

/** Kind and name of a document; "" of the main one. */
export function documentKey(document: Fields): string {
  const [kind, name] = [own(document, "kind"), own(document, "name")];
  if (typeof kind !== "string" || kind === "") return "";
  const named = documentKind(kind).named === true && name !== undefined && name !== null && typeof name !== "object";
  return named ? `${kind} ${String(name as string)}` : kind;
}

function kindOf(key: string): string {
  return key.split(" ", 1)[0] ?? "";
}

function checkIdentity(document: Fields, onRefusal: OnRefusal): void {
  const [kind, version] = [own(document, "kind"), own(document, "apiVersion")];
  const main = kind === undefined && version === undefined;
  const other = typeof kind === "string" && kind !== "" && typeof version === "string";
  if (!main && !(other && (version === "v1alpha1" || !knows(kind)))) onRefusal(documentKey(document), "identity");
  else if (other && !knows(kind)) onRefusal(documentKey(document), "kind");
}

/** What Talos takes for no document, and skips. */
function isEmpty(document: Fields): boolean {
  return Object.entries(document).every(
    ([name, value]) => /^(?:version|kind|name)$/.test(name) && (typeof value !== "object" || value === null),
  );
}

function checkConflicts(documents: Documents, onRefusal: OnRefusal): void {
  for (const key of documents.keys()) {
    const kind = kindOf(key);
    const conflicts = documentKind(kind).conflicts?.split(" ") ?? [];
    // reported for one of the two
    const others = conflicts.filter((each) => each > kind && documents.has(`${each}${key.slice(kind.length)}`));
    if (others.length > 0) onRefusal(key, "conflict");
  }
}
