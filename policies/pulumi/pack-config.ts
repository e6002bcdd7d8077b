import type { PolicyConfigSchema } from "@pulumi/policy";
import { isFields } from "../../components/core/fields";
import { parseSettings, settingsJsonSchema } from "../engine/parse-settings";
import type { Rule } from "../engine/rule";
import type { Settings } from "../engine/settings";

type Property = PolicyConfigSchema["properties"][string];

/**
 * The configuration of the pack as the engine wants it declared: types and descriptions of the top level out of the one
 * schema. The rest is left to `parseSettings`, whose messages name every problem and what to do; the engine's do not.
 */
export function configJsonSchema(rules: readonly Rule[]): PolicyConfigSchema {
  const { properties } = settingsJsonSchema(rules);
  const entries = Object.entries(isFields(properties) ? properties : {});
  return { properties: Object.fromEntries(entries.map(([name, schema]) => [name, topLevel(schema)])) };
}

function topLevel(schema: unknown): Property {
  const { type, enum: values, description, items } = isFields(schema) ? schema : {};
  const element = isFields(items) ? items["type"] : undefined;
  return {
    ...(type === undefined ? {} : { type }),
    ...(values === undefined ? {} : { enum: values }),
    ...(element === undefined ? {} : { items: { type: element } }),
    ...(description === undefined ? {} : { description }),
  } as Property;
}

/** Settings out of what the engine passes on, which shows secrets without their marks. */
export function settingsFrom(given: object, rules: readonly Rule[]): Settings {
  return { ...parseSettings(given, rules), marksStripped: true };
}
