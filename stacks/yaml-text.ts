import { createRequire } from "node:module";
import { load } from "js-yaml";
import type * as Yaml from "yaml";

/**
 * The value of a text of one YAML 1.2 document.
 *
 * Nearly every text is read by a parser that loads fast. What it refuses is read by the thorough one, which is slow to
 * load: empty texts, aliases, brackets that close in the first column. Messages about what is wrong are its own.
 *
 * @throws Error when it is no YAML.
 */
export function parseYamlText(text: string): unknown {
  try {
    return load(text, { maxAliases: 0 });
  } catch {
    const { parse } = createRequire(__filename)("yaml") as typeof Yaml;
    return parse(text) as unknown;
  }
}
