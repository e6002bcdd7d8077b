import { type Fields, isFields } from "../../../../components/core/fields";
import { type OnRefusal, own } from "./schema";

/**
 * RFC 6902, as far as patches of configurations use it: add, replace and remove. Other operations, and ways that lead
 * nowhere, are reported.
 *
 * @returns the patched document; the given one stays.
 */
export function applyJsonPatch(document: Fields, operations: readonly unknown[], refuse: OnRefusal): Fields {
  const patched = structuredClone(document);
  for (const operation of operations) {
    const [op, path] = [own(operation, "op"), own(operation, "path")];
    const known = op === "add" || op === "replace" || op === "remove";
    if (!known || typeof path !== "string" || !path.startsWith("/") || !isFields(operation)) {
      refuse(typeof path === "string" ? path : "", "operation");
      continue;
    }
    if (!change(patched, op, stepsOf(path), operation["value"])) {
      refuse(path, "operation");
      // where not all is known, what is added may stand in what is not
      if (op !== "remove") change(patched, "add", stepsOf(path), operation["value"], true);
    }
  }
  return patched;
}

function stepsOf(path: string): string[] {
  return path
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** @returns whether there was a place for it. */
function change(document: Fields, op: string, way: readonly string[], value: unknown, create = false): boolean {
  const last = way.at(-1) ?? "";
  const holder = way.slice(0, -1).reduce<unknown>((inner, step) => enter(inner, step, create), document);
  if (Array.isArray(holder)) {
    const index = last === "-" && op === "add" ? holder.length : Number(last);
    const end = op === "add" ? holder.length : holder.length - 1;
    if (!Number.isInteger(index) || index < 0 || index > end) return false;
    if (op === "remove") holder.splice(index, 1);
    else holder.splice(index, op === "replace" ? 1 : 0, value);
    return true;
  }
  if (!isFields(holder) || (op !== "add" && !Object.hasOwn(holder, last))) return false;
  if (op === "remove") delete holder[last];
  else define(holder, last, value);
  return true;
}

function enter(holder: unknown, step: string, create: boolean): unknown {
  if (Array.isArray(holder)) return /^\d+$/.test(step) ? (holder[Number(step)] as unknown) : undefined;
  if (create && isFields(holder) && !Object.hasOwn(holder, step)) define(holder, step, {});
  return own(holder, step);
}

function define(holder: Fields, name: string, value: unknown): void {
  Object.defineProperty(holder, name, { value, writable: true, enumerable: true, configurable: true });
}
