import { parseAllDocuments } from "yaml";

/** Longer texts are not parsed: what that costs must not depend on who wrote them. */
const MAX_LENGTH = 4 << 20;

/** Aliases are limited, so that a small text cannot become a huge object. */
const MAX_ALIASES = 100;

/** Deeper than anything people write; the parser keeps a stack and its patterns grow with the depth. */
const MAX_DEPTH = 200;

/**
 * The documents of a YAML or JSON text.
 *
 * @throws Error when the text cannot be parsed, or is made to be expensive.
 */
export function parseYaml(text: string): unknown[] {
  if (text.length > MAX_LENGTH) throw new Error(`longer than ${MAX_LENGTH} characters`);
  if (isTooDeep(text)) throw new Error(`nested deeper than ${MAX_DEPTH}`);
  // looking for keys that are there twice takes time in the square of their number; the last one counts
  const documents = parseAllDocuments(text, { logLevel: "silent", prettyErrors: false, uniqueKeys: false });
  if (!Array.isArray(documents)) return [];
  return documents.map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new Error(error.message);
    return document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown;
  });
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
