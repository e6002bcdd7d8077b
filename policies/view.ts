import type { Subject } from "./subject";
import { isUnknown, unwrapSecret } from "./unknown";

/** Where a value stands inside a resource. */
export type Path = readonly (string | number)[];

/** Collects, for the rule that is being judged, the readings that gave no answer. */
export class Reader {
  private notes = new Set<View>();

  note(view: View): void {
    this.notes.add(view);
  }

  /** Runs `read` and tells what it noted, so that who reuses its result can note it again. */
  record<T>(read: () => T): { readonly result: T; readonly notes: readonly View[] } {
    const before = this.notes;
    this.notes = new Set();
    const result = read();
    const notes = [...this.notes];
    this.notes = before;
    for (const view of notes) this.note(view);
    return { result, notes };
  }

  /** Whether anything was noted since it was last taken. */
  get noted(): boolean {
    return this.notes.size > 0;
  }

  /** What was noted since the last call. */
  take(): readonly View[] {
    if (this.notes.size === 0) return NOTHING;
    const taken = [...this.notes];
    this.notes.clear();
    return taken;
  }
}

const NOTHING: readonly View[] = [];

/** Children of a view that are kept in a list. */
const FEW = 12;

/**
 * A value inside a resource and the way to it.
 *
 * Reading what is not known yet is not an error, it is an answer: the read is noted with the reader and yields nothing,
 * so that the rest of the rule still runs on what is known. The same goes for a value of an impossible shape (a text
 * where an object must be): it is noted as malformed, so that nothing passes because it could not be read.
 *
 * Views are shared by all rules and made by the thousand: children are made once, the path is kept as a chain and only
 * spelled out when there is something to report. Nothing here recurses; depth and cycles of the value do not matter.
 */
export class View {
  /** The view whose value answers for this one being unreadable: itself, or the ancestor that is unknown or malformed. */
  private readonly blocked: View | undefined;
  private readonly content: unknown;
  /** True when the value is a secret, where the source of resources tells (state files and remediations do). */
  readonly secret: boolean;
  /** The subject whose root this is; set by the subject itself. */
  owner: Subject | undefined;
  /** Rules ask for a handful of fields by name: looking through a short list beats a map for each view. */
  private children: View[] | undefined;
  private moreChildren: Map<string, View> | undefined;
  private elements: readonly View[] | undefined;

  constructor(
    value: unknown,
    readonly reader: Reader,
    private readonly parent?: View,
    private readonly key?: string | number,
    blocked?: View,
  ) {
    const hidden = typeof value === "object" && value !== null ? unwrapSecret(value) : undefined;
    this.content = hidden === undefined ? value : hidden.value;
    this.secret = hidden !== undefined || (parent?.secret ?? false);
    this.blocked = blocked ?? (isUnknown(this.content) ? this : undefined);
  }

  get path(): Path {
    const path: (string | number)[] = [];
    for (let view = this as View; view.parent !== undefined; view = view.parent) path.push(view.key ?? "");
    return path.reverse();
  }

  /** The innermost subject the value belongs to. */
  get subject(): Subject | undefined {
    let view: View | undefined = this as View;
    while (view !== undefined && view.owner === undefined) view = view.parent;
    return view?.owner;
  }

  /** True when the value is not known yet; asking leaves no note. */
  get unknown(): boolean {
    return this.blocked !== undefined && isUnknown(this.blocked.content);
  }

  /** True when the value could not be read at all: not known yet, or inside something malformed. Leaves no note. */
  get unreadable(): boolean {
    return this.blocked !== undefined;
  }

  /** The value as it is; undefined, with a note, when it cannot be read. */
  get value(): unknown {
    if (this.blocked === undefined) return this.content;
    this.reader.note(this.blocked);
    return undefined;
  }

  /** The field of that name; a view of nothing when there is none, also on null. */
  field(name: string): View {
    const children = (this.children ??= []);
    for (const child of children) if (child.key === name) return child;
    const known = this.moreChildren?.get(name);
    if (known !== undefined) return known;
    const made = this.makeField(name);
    if (children.length < FEW) children.push(made);
    else (this.moreChildren ??= new Map<string, View>()).set(name, made);
    return made;
  }

  /** The field at the end of a way of names. */
  at(...names: readonly string[]): View {
    let view: View = this as View;
    for (const name of names) view = view.field(name);
    return view;
  }

  /** The elements, when this is a list. */
  items(): readonly View[] {
    const list = this.value;
    if (list === undefined || list === null) return NOTHING;
    if (!Array.isArray(list)) return this.malformed();
    return (this.elements ??= list.map((item, index) => new View(item, this.reader, this, index)));
  }

  /** The entries, when this is an object. */
  entries(): readonly (readonly [string, View])[] {
    const record = this.value;
    if (record === undefined || record === null) return [];
    if (!isRecord(record)) {
      this.malformed();
      return [];
    }
    return Object.keys(record).map((name) => [name, this.field(name)] as const);
  }

  /** True when there is a value: neither absent nor null. */
  get present(): boolean {
    const value = this.value;
    return value !== undefined && value !== null;
  }

  /** True for every value but absent, null and false: what must be off is on as soon as it is anything else. */
  get on(): boolean {
    const value = this.value;
    return value !== undefined && value !== null && value !== false;
  }

  is(expected: string | number | boolean): boolean {
    return this.value === expected;
  }

  /** The text, when this is one. */
  get text(): string | undefined {
    const value = this.value;
    return typeof value === "string" ? value : undefined;
  }

  get number(): number | undefined {
    const value = this.value;
    return typeof value === "number" ? value : undefined;
  }

  /** The texts of a list of texts. */
  texts(): string[] {
    return this.items().flatMap((item) => item.text ?? []);
  }

  private makeField(name: string): View {
    const holder = this.content;
    const child = (value: unknown, blocked?: View) => new View(value, this.reader, this, name, blocked);
    if (this.blocked !== undefined) return child(undefined, this.blocked);
    if (holder === undefined || holder === null) return child(undefined);
    if (!isRecord(holder)) return child(undefined, this);
    return child(Object.hasOwn(holder, name) ? holder[name] : undefined);
  }

  private malformed(): readonly View[] {
    this.reader.note(this);
    return NOTHING;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A path as people write it: `spec.containers[0].image`, `metadata.labels["a/b"]`. */
export function printPath(path: Path): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (/^[A-Za-z_$][\w$-]*$/.test(step)) text += text === "" ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}
