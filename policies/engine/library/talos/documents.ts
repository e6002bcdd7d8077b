import type { View } from "../../view";
import { parseYaml } from "../../yaml";

/** A longer text is no machine configuration; what it would cost to parse must not depend on who wrote it. */
const MAX_LENGTH = 1 << 20;

/** How providers show a secret that they may not. */
const REDACTED = "[secret]";

/**
 * The documents in a text of YAML or JSON. A text that is not known, redacted, the name of a file, or no YAML is noted
 * and gives undefined: what it would have said is not known.
 */
export function documentsIn(text: View): unknown[] | undefined {
  const content = text.text;
  if (content === undefined) {
    if (!text.unreadable && text.present) text.reader.note(text);
    return undefined;
  }
  const documents = content.length > MAX_LENGTH || isFileName(content) ? undefined : parsed(content);
  if (documents === undefined) text.reader.note(text);
  return documents;
}

/** The provider takes a text of one word for a file, and so one that starts with @. */
function isFileName(content: string): boolean {
  const text = content.trim();
  return text === REDACTED || text.startsWith("@") || (/^[^\s{[]+$/.test(text) && !text.includes(":"));
}

function parsed(content: string): unknown[] | undefined {
  try {
    if (/^\s*\{/.test(content)) return [JSON.parse(content) as unknown];
  } catch {
    // YAML in flow style starts like JSON
  }
  try {
    return parseYaml(content);
  } catch {
    return undefined;
  }
}
