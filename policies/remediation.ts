import { kindKey, parseApiVersion, parseToken } from "./kinds";
import type { ResourceRule } from "./rule";
import type { Settings } from "./settings";
import { isUnknown } from "./unknown";
import { sameValue } from "./values";

type Fields = Record<string, unknown>;

/**
 * Inputs with the remediation of a rule applied, to the object and to the elements of a List; undefined when the rule
 * looks at no such kind or changed nothing.
 */
export function remediated(rule: ResourceRule, type: string, props: unknown, settings: Settings): Fields | undefined {
  const { remediate } = rule;
  if (remediate === undefined || !isFields(props)) return undefined;
  const copy = deepCopy(props) as Fields;
  for (const { key, object } of objectsIn(type, copy)) remediate({ type, key, object, settings });
  return sameValue(props, copy) ? undefined : copy;
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

/** True where a remediation may write: it must not overwrite what is not known yet. */
export function writable(value: unknown): boolean {
  return !isUnknown(value);
}

/** A plain object; wrappers of secrets and assets are none. */
export function isFields(value: unknown): value is Fields {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function objectsIn(type: string, root: Fields): { key: string; object: Fields }[] {
  const found: { key: string; object: Fields }[] = [];
  const queue: { key: string; object: Fields }[] = [{ key: keyOf(type, root), object: root }];
  const seen = new Set<Fields>();
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (seen.has(next.object)) continue;
    seen.add(next.object);
    if (!next.key.endsWith("List") || !Array.isArray(next.object["items"])) found.push(next);
    else queue.push(...elements(next.object, "items").map((object) => ({ key: keyOf("", object), object })));
  }
  return found;
}

function keyOf(type: string, object: Fields): string {
  const { apiVersion, kind } = object;
  if (typeof apiVersion === "string" && typeof kind === "string")
    return kindKey({ ...parseApiVersion(apiVersion), kind });
  const token = parseToken(type);
  return token === undefined ? type : kindKey(token);
}

/** Plain objects and lists are copied, everything else (secrets, assets) is kept as it is. Keeps no stack. */
function deepCopy(value: unknown): unknown {
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
  const copy = shell(value);
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
  return copy;
}
