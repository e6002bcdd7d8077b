import { isFields } from "../../../../components/core/fields";
import { copyOf, fieldType, join, type OnRefusal, own, structureOf, type Type, wordOf } from "./schema";

/** Texts that Talos reads as truth values where a truth value belongs. */
const TRUTH = new Map([
  ...["y", "Y", "yes", "Yes", "YES", "on", "On", "ON"].map((text) => [text, true] as const),
  ...["n", "N", "no", "No", "NO", "off", "Off", "OFF"].map((text) => [text, false] as const),
]);

/**
 * A value of a patch as Talos reads it: numbers become texts where a text belongs. What Talos cannot read is reported and
 * left as it is.
 */
export function decode(value: unknown, type: Type, path: string, refuse: OnRefusal): unknown {
  if (value === null || value === undefined) return null;
  if (typeof type !== "string") return collection(value, type, path, refuse);
  const structure = structureOf(type);
  if (structure !== undefined) {
    if (!isFields(value)) return wrong(value, path, refuse);
    return mapped(value, (name, inner) => {
      const field = fieldType(structure, name);
      if (field !== undefined) return decode(inner, field, join(path, name), refuse);
      refuse(join(path, name), "unknown");
      return inner;
    });
  }
  return scalar(value, type, path, refuse);
}

function collection(value: unknown, type: Exclude<Type, string>, path: string, refuse: OnRefusal): unknown {
  const { list, map } = type;
  if (list !== undefined) {
    if (!Array.isArray(value)) return wrong(value, path, refuse);
    return value.map((item, index) => decode(item, list, `${path}[${index}]`, refuse));
  }
  if (map === undefined || !isFields(value)) return wrong(value, path, refuse);
  return mapped(value, (name, inner) => decode(inner, map, join(path, name), refuse));
}

function scalar(value: unknown, type: string, path: string, refuse: OnRefusal): unknown {
  const flat = typeof value !== "object";
  switch (wordOf(type)) {
    case "any":
    case "free":
      return value;
    case "bool":
      if (typeof value === "boolean") return value;
      return (typeof value === "string" ? TRUTH.get(value) : undefined) ?? wrong(value, path, refuse);
    case "number":
    case "mode":
      return Number.isInteger(value) ? value : wrong(value, path, refuse);
    case "string":
      return flat ? String(value as string) : wrong(value, path, refuse);
    case "argument":
      // machinery 1.13.0 takes a list for the type and refuses it all the same
      return flat ? value : wrong(value, path, refuse);
    case "pem": {
      const parts = type.slice(type.indexOf(":") + 1).split(",");
      const known = isFields(value) && Object.keys(value).every((name) => parts.includes(name));
      return known ? copyOf(value) : wrong(value, path, refuse);
    }
    default:
      return flat ? value : wrong(value, path, refuse);
  }
}

function mapped(value: object, change: (name: string, inner: unknown) => unknown): Record<string, unknown> {
  const made = copyOf({});
  for (const name of Object.keys(value)) made[name] = change(name, own(value, name));
  return made;
}

function wrong(value: unknown, path: string, refuse: OnRefusal): unknown {
  refuse(path, "shape");
  return value;
}
