import type { View, Path } from "./view";
import { isUnknown, unwrapSecret } from "./unknown";

/** A text somewhere inside a value. */
export interface Leaf {
  readonly text: string;
  /** Name of the field that holds it; for an element of a list, the name of the list. */
  readonly name: string;
  /** True when it is inside a secret wrapper. */
  readonly secret: boolean;
  /** The path to it from where the walk began. */
  readonly path: () => Path;
}

interface Step {
  readonly value: unknown;
  readonly key: string | number;
  readonly name: string;
  readonly secret: boolean;
  readonly above: Step | undefined;
}

/**
 * Every text inside a value, in no particular order. Each object is visited once, so cycles end; the stack is kept by
 * hand, so depth does not matter. Values that are not known yet are left out.
 *
 * @param skip names of fields that are not looked into.
 * @param shortest texts with fewer characters are left out: most are, and each costs.
 */
export function* leaves(start: unknown, skip?: (name: string) => boolean, shortest = 0): Generator<Leaf> {
  const seen = new Set<object>();
  const root: Step = { value: start, key: "", name: "", secret: false, above: undefined };
  if (typeof start === "string") {
    if (start.length >= shortest && !isUnknown(start)) yield leaf(start, root, undefined, "");
    return;
  }
  const stack: Step[] = [root];
  for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
    const { value } = step;
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    seen.add(value);
    const hidden = unwrapSecret(value);
    if (hidden !== undefined) {
      const inside = { ...step, value: hidden.value, secret: true };
      if (typeof hidden.value !== "string") stack.push(inside);
      else if (hidden.value.length >= shortest && !isUnknown(hidden.value))
        yield leaf(hidden.value, inside, undefined, step.name);
      continue;
    }
    const list = Array.isArray(value);
    for (const key of Object.keys(value)) {
      const inner = (value as Record<string, unknown>)[key];
      if (typeof inner === "string") {
        if (inner.length < shortest || isUnknown(inner)) continue;
        if (list) yield leaf(inner, step, Number(key), step.name);
        else if (skip === undefined || !skip(key)) yield leaf(inner, step, key, key);
      } else if (typeof inner === "object" && inner !== null) {
        if (list) stack.push({ value: inner, key: Number(key), name: step.name, secret: step.secret, above: step });
        else if (skip === undefined || !skip(key)) {
          stack.push({ value: inner, key, name: key, secret: step.secret, above: step });
        }
      }
    }
  }
}

/** Values with more objects inside are not looked through for nothing. */
const MANY_OBJECTS = 2000;

/**
 * False when no text inside a value passes the test, by a look at all of them that keeps no ways: where hardly any text
 * ever passes, that spares `leaves`. True does not say that one passes: large values and circles are left to `leaves`.
 *
 * @param shortest texts with fewer characters are not asked for.
 */
export function mayHold(start: unknown, test: (text: string) => boolean, shortest: number): boolean {
  const stack: unknown[] = [start];
  for (let count = 0; stack.length > 0; count++) {
    if (count > MANY_OBJECTS) return true;
    const value = stack.pop();
    if (typeof value === "string") {
      if (value.length >= shortest && test(value)) return true;
    } else if (typeof value === "object" && value !== null) {
      for (const key of Object.keys(value)) {
        const inner = (value as Record<string, unknown>)[key];
        if (typeof inner === "string" ? inner.length >= shortest : typeof inner === "object") stack.push(inner);
      }
    }
  }
  return false;
}

function leaf(text: string, holder: Step, key: string | number | undefined, name: string): Leaf {
  const { secret } = holder;
  return { text, name, secret, path: () => (key === undefined ? pathOf(holder) : [...pathOf(holder), key]) };
}

/** The view of a leaf that was found below `from`. */
export function viewOf(from: View, leaf: Leaf): View {
  return leaf.path().reduce<View>((view, step) => {
    return typeof step === "number" ? (view.items()[step] ?? view) : view.field(step);
  }, from);
}

function pathOf(step: Step): Path {
  const path: (string | number)[] = [];
  for (let at = step; at.above !== undefined; at = at.above) path.push(at.key);
  return path.reverse();
}
