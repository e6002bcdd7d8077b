import { type Fields, isFields } from "../../../../components/core/fields";
import machinery from "./machinery.json";

/**
 * What the library of Talos that the provider is built from (machinery 1.13.0) makes of each value of a configuration.
 *
 * machinery.json is written from that library itself (test/support/talos-schema.ts), and a test compares the two.
 */

/**
 * A type. `#name` is a structure; a `*` in front says that it may be absent, which matters to merging: a zero behind it
 * is a value. The other words:
 *
 * - `string`, `number`, `bool`; `mode` of a file; `argument` is the value of a flag; `any` is what its maker likes;
 * - `name:zero` is one of a set of names, of which Go cannot distinguish the named one from nothing;
 * - `pem:parts` is a certificate, a key or both; `url` an address; `size` bytes or a share;
 * - `whole` is replaced even where the patch does not name it; `sealed` cannot be merged.
 *
 * `free` is not of the library: what documents hold that it does not know.
 */
export type Type = string | Collection;

export interface Collection {
  readonly list?: Type;
  readonly map?: Type;
  /** Merges in a way of its own. */
  readonly merger?: string;
  /** Is replaced as a whole. */
  readonly replaced?: boolean;
}

export type Structure = Readonly<Record<string, Type>>;

export interface DocumentKind {
  readonly type: Type;
  /** Documents of the kind are distinguished by their name. */
  readonly named?: boolean;
  /** Kinds that may not have a document of the same name. */
  readonly conflicts?: string;
}

const { documents, structures }: Schema = machinery;

interface Schema {
  readonly documents: Readonly<Record<string, DocumentKind>>;
  readonly structures: Readonly<Record<string, Structure>>;
}

/** A document of a kind that the library does not know: of a newer Talos. */
const NEWER: DocumentKind = { type: "free", named: true };

/** The kind of documents; "" is the main one. */
export function documentKind(kind: string): DocumentKind {
  return (Object.hasOwn(documents, kind) ? documents[kind] : undefined) ?? NEWER;
}

/** Whether the library knows the kind. */
export function knows(kind: string): boolean {
  return Object.hasOwn(documents, kind);
}

/** The fields of a structure; undefined when the type is none. */
export function structureOf(type: Type): Structure | undefined {
  return typeof type === "string" ? structures[type.replace(/^\*?#/, "")] : undefined;
}

export function fieldType(structure: Structure, name: string): Type | undefined {
  return Object.hasOwn(structure, name) ? structure[name] : undefined;
}

/** Whether a value of the type is there even when it was not written. */
export function alwaysThere(type: Type): boolean {
  return typeof type === "string" && type.startsWith("#");
}

/** A word without the mark that it may be absent, and without what follows it. */
export function wordOf(type: string): string {
  return type.replace(/^\*/, "").replace(/:.*/, "");
}

/** Called with the place and the reason of all that Talos refuses. */
export type OnRefusal = (path: string, reason: Reason) => void;

export type Reason = keyof typeof REASONS;

/** What was given, the rule of Talos, and what to do. */
const REASONS = {
  missing: "nothing is there to delete — Talos refuses such a patch; delete only what the configuration has",
  inside: "deletes inside a list — Talos deletes elements only as a whole; delete the element and add it again",
  main: "deletes the main document — Talos does not; delete what is in it",
  identity: "is no document of Talos — each has kind and apiVersion, or is the main one; correct the two",
  kind: "is of a kind that this Talos does not know — it refuses it; drop it until the provider carries a newer one",
  unknown: "is no field of this Talos — it refuses what it does not know; correct or drop it",
  shape: "is of another type than the field — Talos cannot read it; see its reference for the field",
  merge: "cannot be merged with what is there — Talos refuses it; give the value once",
  twice: "is there twice in one patch — Talos refuses it; put the two together",
  conflict: "is the name of two documents of which one excludes the other — Talos refuses it; drop one",
  nothing: "says nothing — Talos refuses an empty patch; drop it",
  json: "is a JSON patch of several documents — Talos takes one for a single document; write it as a document",
  operation: "is no operation on what is there — Talos refuses it; correct op and path",
} as const;

/** What Talos would refuse. */
export class RefusedPatchError extends Error {
  constructor(
    readonly path: string,
    readonly reason: Reason,
  ) {
    super(`${path === "" ? "the patch" : path}: ${REASONS[reason]}`);
  }
}

/** What Talos makes of a patch cannot be said here. */
export class UndecidedPatchError extends Error {
  constructor(readonly path: string) {
    super(`${path}: what Talos makes of it is not known here — write it as a value that is read in one way only`);
  }
}

export function refuse(path: string, reason: Reason): never {
  throw new RefusedPatchError(path, reason);
}

/** Nothing that people write is deeper; deeper is not looked at, so that nothing overflows. */
const MAX_DEPTH = 48;

/** @throws RangeError when something is nested deeper than any configuration is. */
export function checkDepth(depth: number): void {
  if (depth > MAX_DEPTH) throw new RangeError("nested too deeply");
}

export function join(path: string, step: string): string {
  return path === "" ? step : `${path}.${step}`;
}

/** Without a prototype, a field called __proto__ is a field like any other. */
export function copyOf(fields: Fields): Fields {
  const copy = Object.create(null) as Fields;
  for (const name of Object.keys(fields)) copy[name] = fields[name];
  return copy;
}

export function own(fields: unknown, name: string): unknown {
  return isFields(fields) && Object.hasOwn(fields, name) ? fields[name] : undefined;
}
