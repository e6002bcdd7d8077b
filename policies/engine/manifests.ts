import type { Target } from "./target";
import { View } from "./view";
import { parseYaml } from "./yaml";

/**
 * The values in a YAML or JSON text of one or more documents.
 *
 * @throws Error when the text cannot be parsed.
 */
export function parseManifests(text: string): unknown[] {
  return parseYaml(text);
}

/** The manifests in a ConfigGroup: its `objs` as they are, its `yaml` parsed. Files are not read. */
export function manifestsIn(target: Target): View[] {
  const views: View[] = [];
  const objects = target.root.field("objs");
  views.push(...(Array.isArray(objects.value) ? objects.items() : objects.present ? [objects] : []));
  const yaml = target.root.field("yaml");
  const texts = Array.isArray(yaml.value) ? yaml.items() : [yaml];
  return [...views, ...texts.flatMap(manifestViews)];
}

/** Views of the documents in a text; the text itself is noted when it cannot be read. */
export function manifestViews(text: View): View[] {
  const content = text.text;
  if (content === undefined) return [];
  try {
    return parseManifests(content).map((value, index) => new View(value, text.reader, text, index));
  } catch {
    text.reader.note(text);
    return [];
  }
}
