/** Reading the configuration of the pack. Apart from `index.ts` because it loads the schema library. */
import { settingsJsonSchema } from "./engine/parse-settings";
import type { Settings } from "./engine/settings";
import { settingsFrom as read } from "./pulumi/pack-config";
import { RULES } from "./rules";

/**
 * Settings out of a configuration as the engine passes it on, which shows secrets without their marks.
 *
 * @throws InvalidInput with every problem at once.
 */
export function settingsFrom(given: object): Settings {
  return read(given, RULES);
}

/** The JSON Schema of the configuration, with a description on every field and the parameters of every rule. */
export function configurationSchema(): Record<string, unknown> {
  return settingsJsonSchema(RULES);
}
