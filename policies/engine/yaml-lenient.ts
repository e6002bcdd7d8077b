import { createRequire } from "node:module";
import type * as Yaml from "yaml";

/** Aliases are limited, so that a small text cannot become a huge object. */
const MAX_ALIASES = 100;

/** The parser keeps a stack, and its patterns grow with the depth. */
const MAX_DEPTH = 200;

/** What YAML 1.1 has beyond the values that Kubernetes reads: dates, bytes, and other objects than lists and maps. */
const NOT_READ = /:(?:timestamp|binary|omap|pairs|set)$/;

/**
 * The documents of a text whose brackets close further left than they may: `key: {` with `}` in the first column.
 * Kubernetes takes that. This parser does as well, but is slow to run and to load, so it is loaded for such texts only.
 *
 * @throws Error when the text cannot be parsed, or is made to be expensive.
 */
export function parseLeniently(text: string): unknown[] {
  if (isTooDeep(text)) throw new Error(`nested deeper than ${MAX_DEPTH}`);
  const { parseAllDocuments } = createRequire(__filename)("yaml") as typeof Yaml;
  const documents = parseAllDocuments(text, {
    logLevel: "silent",
    prettyErrors: false,
    uniqueKeys: false,
    schema: "yaml-1.1",
    merge: true,
    customTags: (tags) => tags.filter((tag) => typeof tag !== "string" && isRead(tag)),
  });
  if (!Array.isArray(documents)) return [];
  return documents.map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new Error(error.message);
    return document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown;
  });
}

/** Numbers in base 60 are none there either. */
function isRead(tag: Yaml.CollectionTag | Yaml.ScalarTag): boolean {
  return !NOT_READ.test(tag.tag) && !("format" in tag && tag.format === "TIME");
}

/** Counts brackets, indentation and dashes without knowing what is quoted: rather one text too many is refused. */
function isTooDeep(text: string): boolean {
  let [depth, steps, atStart] = [0, 0, true];
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x0a) {
      [steps, atStart] = [0, true];
    } else if (code === 0x5b || code === 0x7b) {
      if (++depth > MAX_DEPTH) return true;
      atStart = false;
    } else if (code === 0x5d || code === 0x7d) {
      depth = Math.max(0, depth - 1);
      atStart = false;
    } else if (atStart) {
      // each of "- - - x" and "? ? ? x" is a level, and each column of indentation may be one
      if (code === 0x20 || code === 0x09 || code === 0x2d || code === 0x3f || code === 0x3a) steps++;
      else atStart = false;
      if (steps > 2 * MAX_DEPTH && text.slice(index, index + 64).trim() !== "") return true;
    }
  }
  return false;
}
