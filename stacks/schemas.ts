import * as fs from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { PACKAGE_ROOT } from "../components/core/package-root";
import { baseSettings } from "../components/talos/settings";
import { platformSettings } from "../components/platform/settings";
import { NAMESPACE } from "./settings";
import type { Layer } from "./stack-name";
import { tenantSettings } from "../components/tenant/settings";

/*
 * JSON Schemas of stack files, made from the same definitions that check them at deployment, so that editors complete
 * settings and underline mistakes. `npm run schemas` writes them; a test says when the committed ones are stale.
 */

const SETTINGS: Readonly<Record<Layer, z.ZodObject>> = {
  base: baseSettings,
  platform: platformSettings,
  tenant: tenantSettings,
};

/** Where the schemas are in the project, as stack files refer to them: beside themselves. */
export const SCHEMAS_FOLDER = path.join("stacks", "config", "schemas");

/** File name → content of every schema. */
export function schemaFiles(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(SETTINGS).map(([layer, settings]) => [
      `${layer}.schema.json`,
      `${JSON.stringify(stackFileSchema(layer, settings), undefined, 2)}\n`,
    ]),
  );
}

function stackFileSchema(layer: string, settings: z.ZodObject): object {
  // what is written, before defaults are filled in and text is parsed
  const {
    $schema,
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

function write(root: string): void {
  const folder = path.join(root, SCHEMAS_FOLDER);
  fs.mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(schemaFiles())) fs.writeFileSync(path.join(folder, name), content);
}

if (require.main === module) write(PACKAGE_ROOT);
