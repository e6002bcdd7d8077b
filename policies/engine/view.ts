import type { Resource } from "./resource";
import { isUnknown, unwrapSecret } from "./unknown";

/** Where a value stands inside a resource. */
export type Path = readonly (string | number)[];

/** Collects, for the rule that is being evaluated, the readings that gave no answer. */
export class Reader {
  private notes = new Set<View>();

  note(view: View): void {
    this.notes.add(view);
  }

  /** Runs `read` and returns what it noted, so that a caller that reuses its result can note it again. */
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

/** What a value belongs to, as findings name it and exemptions select it. */
export interface Owner {
  readonly resource: Resource;
  readonly type: string;
  readonly kind: string;
  /** How findings call it: `apps/Deployment shop/web`. */
  readonly label: string;
  readonly root: View;
  readonly name: View;
  readonly namespace: View;
  readonly annotations: View;
}

/** Children of a view that are found by looking through them all. */
const FEW = 12;

/**
 * A value inside a resource and the path to it.
 *
 * Reading what is not known yet is not an error, it is an answer: the read is noted with the reader and yields nothing,
 * so that the rest of the rule still runs on what is known. The same goes for a value of an impossible shape (a text
 * where an object must be): it is noted as malformed, so that nothing passes because it could not be read.
 *
 * Views are shared by all rules, and there are thousands: children are made once and linked to each other, which takes
 * less memory than a list or a map for each view; the path is kept as a chain and only spelled out when there is
 * something to report. Nothing here recurses; depth and cycles of the value do not matter.
 */
export class View {
  /** The view whose value answers for this one being unreadable: itself, or the ancestor that is unknown or malformed. */
  private readonly blocked: View | undefined;
  private readonly content: unknown;
  /** True when the value is a secret, where the source of resources marks secrets (state files and remediations do). */
  readonly secret: boolean;
  /** The target whose root this is; set by the target itself. */
  owner: Owner | undefined;
  /** The newest child; rules ask for a handful of fields by name. */
  private child: View | undefined;
  private sibling: View | undefined;
  private children = 0;
  private moreChildren: Map<string, View> | undefined;
  private elements: readonly View[] | undefined;
  private spelled: string | undefined;

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

  /** The path as people write it: `spec.containers[0].image`. */
  get where(): string {
    if (this.spelled !== undefined) return this.spelled;
    // what is above is spelled once for all that is below it
    const below: View[] = [];
    let view: View | undefined = this as View;
    for (; view?.parent !== undefined && view.spelled === undefined; view = view.parent) below.push(view);
    let text = view?.spelled ?? "";
    for (let next = below.pop(); next !== undefined; next = below.pop()) {
      text += printStep(next.key ?? "", text === "");
      next.spelled = text;
    }
    return text;
  }

  /** The innermost target the value belongs to. */
  get target(): Owner | undefined {
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
    for (let child = this.child; child !== undefined; child = child.sibling) if (child.key === name) return child;
    const known = this.moreChildren?.get(name);
    if (known !== undefined) return known;
    const made = this.makeField(name);
    if (this.children < FEW) {
      this.children++;
      made.sibling = this.child;
      this.child = made;
    } else {
      (this.moreChildren ??= new Map<string, View>()).set(name, made);
    }
    return made;
  }

  /** The field at the end of a path of names. */
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

  /** The text, where nothing but a text may be: any other value is malformed. */
  get word(): string | undefined {
    const value = this.value;
    if (typeof value === "string") return value;
    if (value !== undefined && value !== null) this.malformed();
    return undefined;
  }

  get number(): number | undefined {
    const value = this.value;
    return typeof value === "number" ? value : undefined;
  }

  /** The texts of a list of texts. */
  texts(): string[] {
    return this.items().flatMap((item) => item.word ?? []);
  }

  private makeField(name: string): View {
    const holder = this.content;
    if (this.blocked !== undefined) return new View(undefined, this.reader, this, name, this.blocked);
    if (holder === undefined || holder === null) return new View(undefined, this.reader, this, name);
    if (!isRecord(holder)) return new View(undefined, this.reader, this, name, this);
    return new View(Object.hasOwn(holder, name) ? holder[name] : undefined, this.reader, this, name);
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
  for (const step of path) text += printStep(step, text === "");
  return text;
}

function printStep(step: string | number, first: boolean): string {
  if (typeof step === "number") return `[${step}]`;
  if (!/^[A-Za-z_$][\w$-]*$/.test(step)) return `[${JSON.stringify(step)}]`;
  return first ? step : `.${step}`;
}
