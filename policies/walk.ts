import type { View, Path } from "./view";
import { isUnknown, unwrapSecret } from "./unknown";

/** A text somewhere inside a value. */
export interface Leaf {
  readonly text: string;
  /** Name of the field that holds it; for an element of a list, the name of the list. */
  readonly name: string;
  /** True when it is inside a secret wrapper. */
  readonly secret: boolean;
  /** The way to it from where the walk began. */
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
 */
export function* leaves(start: unknown, skip?: (name: string) => boolean): Generator<Leaf> {
  const seen = new Set<object>();
  const stack: Step[] = [{ value: start, key: "", name: "", secret: false, above: undefined }];
  for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
    const { value } = step;
    if (typeof value === "string") {
      const here = step;
      if (!isUnknown(value)) yield { text: value, name: step.name, secret: step.secret, path: () => pathOf(here) };
      continue;
    }
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    seen.add(value);
    const hidden = unwrapSecret(value);
    if (hidden !== undefined) {
      stack.push({ ...step, value: hidden.value, secret: true });
    } else if (Array.isArray(value)) {
      for (let index = value.length - 1; index >= 0; index--) {
        stack.push({ value: value[index], key: index, name: step.name, secret: step.secret, above: step });
      }
    } else {
      for (const name of Object.keys(value)) {
        if (skip?.(name)) continue;
        const inner = (value as Record<string, unknown>)[name];
        // numbers and switches are no texts: most fields end here
        if (typeof inner === "string" || (typeof inner === "object" && inner !== null)) {
          stack.push({ value: inner, key: name, name, secret: step.secret, above: step });
        }
      }
    }
  }
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
