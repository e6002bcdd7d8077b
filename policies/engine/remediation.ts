import type { Resource } from "./resource";
import type { ResourceRule } from "./rule";
import type { Settings } from "./settings";
import type { Target } from "./target";
import { targetsOf } from "./targets";
import { sameValue } from "./values";
import { Reader } from "./view";

type Fields = Record<string, unknown>;

/**
 * Inputs with the remediation of a rule applied to each object that breaks it, the elements of a List included;
 * undefined when none does, or when nothing could be changed.
 */
export function remediated(rule: ResourceRule, resource: Resource, settings: Settings): Fields | undefined {
  const { remediate } = rule;
  const { type, props } = resource;
  if (remediate === undefined || !isFields(props)) return undefined;
  const reader = new Reader();
  const broken = targetsOf(resource, reader).filter((target) => {
    reader.take();
    return rule.on(target) && breaks(rule, target, settings, reader);
  });
  if (broken.length === 0) return undefined;
  const copies = deepCopy(props);
  for (const { key, root } of broken) {
    // what was parsed out of a text has no copy: it cannot be written back
    const object = copies.get(root.value as object);
    if (isFields(object)) remediate({ type, key, object, settings });
  }
  const copy = copies.get(props) as Fields;
  return sameValue(props, copy) ? undefined : copy;
}

function breaks(rule: ResourceRule, target: Target, settings: Settings, reader: Reader): boolean {
  const found = [...rule.evaluate(target, settings)];
  return found.some(({ at, unless, missing }) => {
    if (missing === true && reader.noted) return false;
    return !at.unreadable && !(unless ?? []).some((view) => view.unreadable);
  });
}

/** The object of that name inside another, made when there is none; undefined when something else stands there. */
export function section(holder: Fields, name: string): Fields | undefined {
  const present = Object.hasOwn(holder, name) ? holder[name] : undefined;
  if (present === undefined || present === null) {
    const made: Fields = {};
    holder[name] = made;
    return made;
  }
  return isFields(present) ? present : undefined;
}

/** The objects of a list; none when it is no list. */
export function elements(holder: Fields | undefined, name: string): Fields[] {
  const list = holder !== undefined && Object.hasOwn(holder, name) ? holder[name] : undefined;
  return Array.isArray(list) ? list.filter(isFields) : [];
}

/** A plain object; wrappers of secrets and assets are none. */
export function isFields(value: unknown): value is Fields {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Plain objects and lists are copied, everything else (secrets, assets) is kept as it is. Keeps no stack. */
function deepCopy(value: Fields): ReadonlyMap<object, unknown> {
  const copies = new Map<object, unknown>();
  const pending: object[] = [];
  const shell = (original: unknown): unknown => {
    if (!Array.isArray(original) && !isFields(original)) return original;
    const known = copies.get(original);
    if (known !== undefined) return known;
    const made: unknown = Array.isArray(original) ? [] : {};
    copies.set(original, made);
    pending.push(original);
    return made;
  };
  shell(value);
  for (let original = pending.pop(); original !== undefined; original = pending.pop()) {
    const target = copies.get(original) as Fields;
    for (const [name, inner] of Object.entries(original)) {
      // defined, not assigned: a key named __proto__ must stay a key
      Object.defineProperty(target, name, {
        value: shell(inner),
        writable: true,
        enumerable: true,
        configurable: true,
      });
    }
  }
  return copies;
}
