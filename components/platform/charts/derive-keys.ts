import { parse } from "yaml";
import { type Fields, fieldsOf, isFields } from "../../core/fields";
import type { ChartFiles } from "./archive";
import type { ChartKeys, KeyMap } from "./keys";
import { templateReads } from "./template-reads";

/**
 * The keys that a chart reads of its values, from all that says so: values.yaml, values.schema.json, and what its
 * templates read. Charts read keys that their values.yaml only mentions in a comment, so that no single one is enough.
 *
 * Where a template hands on a map as a whole, any key is right in it, unless the schema says that no other may be there.
 *
 * @param files of the chart; those of its dependencies below `charts/<name>/`.
 */
export function deriveKeys(files: ChartFiles): ChartKeys {
  const texts = [...files].flatMap(([file, text]) => (/^(templates|files)\//.test(file) ? [text] : []));
  const { reads, whole } = templateReads(texts);
  const values = fieldsOf(parse(files.get("values.yaml") ?? ""));
  let keys = ofValues(values, [], whole);
  for (const path of reads) keys = withPath(keys, path);
  keys = joined(keys, dependencyKeys(files));
  const schema = files.get("values.schema.json");
  if (schema === undefined) return keys;
  const document = fieldsOf(JSON.parse(schema));
  return withSchema(keys, document, document);
}

function ofValues(value: unknown, path: readonly string[], whole: ReadonlySet<string>): ChartKeys {
  const handedOn = whole.has(path.join("."));
  if (value === null || value === undefined) return "any";
  if (!isFields(value)) return handedOn ? "any" : "value";
  const entries = Object.entries(value);
  if (path.length > 0 && (entries.length === 0 || handedOn)) return "any";
  return Object.fromEntries(entries.map(([key, inner]) => [key, ofValues(inner, [...path, key], whole)]));
}

/**
 * With one path more. A chart that reads a key only in its templates has no default for it, and so says nothing of its
 * form.
 */
function withPath(keys: ChartKeys, [key, ...rest]: readonly string[]): ChartKeys {
  if (key === undefined || typeof keys === "string") return keys;
  const present = Object.hasOwn(keys, key) ? keys[key] : undefined;
  if (rest.length === 0) return present === undefined ? { ...keys, [key]: "any" } : keys;
  return { ...keys, [key]: withPath(present ?? {}, rest) };
}

/** Values of dependencies stand below their name; what decides whether they are there may stand anywhere. */
function dependencyKeys(files: ChartFiles): KeyMap {
  const { dependencies } = fieldsOf(parse(files.get("Chart.yaml") ?? ""));
  if (!Array.isArray(dependencies)) return {};
  let keys: ChartKeys = { global: "any" };
  for (const { name, alias, condition } of dependencies.map(fieldsOf)) {
    if (typeof name !== "string") continue;
    const own = below(files, `charts/${name}/`);
    // what did not come along cannot be known
    const inner: ChartKeys = own.size === 0 ? "any" : joined(deriveKeys(own), { global: "any", enabled: "value" });
    keys = joined(keys, { [typeof alias === "string" ? alias : name]: inner });
    for (const path of typeof condition === "string" ? condition.split(",") : [])
      keys = withPath(keys, path.trim().split("."));
  }
  return typeof keys === "string" ? {} : keys;
}

function below(files: ChartFiles, folder: string): ChartFiles {
  return new Map(
    [...files].flatMap(([file, text]) => (file.startsWith(folder) ? [[file.slice(folder.length), text]] : [])),
  );
}

function joined(left: ChartKeys, right: ChartKeys): ChartKeys {
  if (left === "any" || right === "any") return "any";
  if (right === "value") return left;
  if (left === "value") return right;
  const result: Record<string, ChartKeys> = { ...left };
  for (const [name, other] of Object.entries(right)) {
    const present = Object.hasOwn(left, name) ? left[name] : undefined;
    result[name] = present === undefined ? other : joined(present, other);
  }
  return result;
}

/** Types of a schema that are no maps. */
const SINGLE = ["string", "number", "integer", "boolean", "array"];

/** With what a JSON Schema says of the same place. Helm itself holds values against it, wherever it says "no other". */
function withSchema(keys: ChartKeys | undefined, given: Fields, document: Fields): ChartKeys {
  const schema = resolved(given, document);
  const { properties, additionalProperties, type } = schema;
  if (isFields(properties)) {
    const present: KeyMap = typeof keys === "object" ? keys : {};
    const described = Object.fromEntries(
      Object.entries(properties).map(([name, inner]) => [
        name,
        withSchema(Object.hasOwn(present, name) ? present[name] : undefined, fieldsOf(inner), document),
      ]),
    );
    if (additionalProperties === false) return described;
    return keys === "any" ? "any" : { ...present, ...described };
  }
  if (keys !== undefined && keys !== "value") return keys;
  return keys ?? (typeof type === "string" && SINGLE.includes(type) ? "value" : "any");
}

/** The schema itself, or what it refers to in the same document; anything else says nothing. */
function resolved(schema: Fields, document: Fields): Fields {
  const { $ref } = schema;
  if (typeof $ref !== "string") return schema;
  const path = $ref.startsWith("#/") ? $ref.slice(2).split("/") : ["no such"];
  return path.reduce<Fields>((at, key) => fieldsOf(at[key]), document);
}
