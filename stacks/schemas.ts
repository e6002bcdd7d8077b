import * as path from "node:path";
import { z } from "zod";
import { LAYERS, NAMESPACE, type Layer } from "../components/core/layers";
import { inventorySchema } from "./inventory/schema";
import { layers } from "./layers";

/*
 * JSON Schemas of stack files, made from the same definitions that check them at deployment, so that editors complete
 * settings and underline mistakes. `npm run generate` writes them.
 */

/** Where the schemas are in the project, as stack files refer to them: beside themselves. */
export const SCHEMAS_FOLDER = path.join("stacks", "config", "schemas");

/** JSON Schema of the stack files of a layer. */
export async function stackFileSchema(layer: Layer): Promise<z.core.JSONSchema.BaseSchema> {
  return schemaOf(layer, await layers[layer].settings());
}

/** Path in the project → content of every schema. */
export async function schemaFiles(): Promise<Record<string, string>> {
  const files = LAYERS.map(async (layer) => [
    path.join(SCHEMAS_FOLDER, `${layer}.schema.json`),
    `${JSON.stringify(await stackFileSchema(layer), undefined, 2)}\n`,
  ]);
  return {
    ...(Object.fromEntries(await Promise.all(files)) as Record<string, string>),
    [path.join(SCHEMAS_FOLDER, "inventory.schema.json")]: `${JSON.stringify(inventoryFileSchema(), undefined, 2)}\n`,
  };
}

/** JSON Schema of the inventories beside the stack files. */
export function inventoryFileSchema(): z.core.JSONSchema.BaseSchema {
  return {
    title: "Inventory of a cloud",
    ...z.toJSONSchema(inventorySchema, { io: "input", unrepresentable: "throw" }),
  };
}

function schemaOf(layer: Layer, settings: z.ZodObject): z.core.JSONSchema.BaseSchema {
  // what is written, before defaults are filled in and text is parsed
  const {
    $schema = "https://json-schema.org/draft/2020-12/schema",
    $defs,
    properties = {},
    required = [],
  } = z.toJSONSchema(settings, { io: "input", unrepresentable: "throw", override: standardFormats });
  const prefixed = (key: string) => `${NAMESPACE}:${key}`;
  return {
    $schema,
    title: `Stack file of the ${layer} layer`,
    type: "object",
    properties: {
      config: {
        type: "object",
        description: "Settings of the stack; keys of this project begin with firmament:.",
        properties: Object.fromEntries(Object.entries(properties).map(([key, value]) => [prefixed(key), value])),
        required: required.map(prefixed),
        // the settings of providers and of the engine are their own matter
        patternProperties: { [`^(?!${NAMESPACE}:)`]: {} },
        additionalProperties: false,
      },
    },
    required: ["config"],
    ...($defs === undefined ? {} : { $defs }),
  };
}

/** zod writes down names of its own checks as formats, beside the pattern that says the same to everyone. */
function standardFormats({ jsonSchema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.format === "starts_with") delete jsonSchema.format;
}
