import { z } from "zod";
import { tenantCluster } from "./settings";

/*
 * TypeScript source of TenantClusterArgs, made from the settings: args.generated.ts. A generated file, because the
 * analyzer of component packages reads source text and knows neither inferred types nor literal unions, readonly arrays
 * and intersections: enums become const objects, every object an interface called after its title.
 */

type Schema = z.core.JSONSchema.BaseSchema;

const HEADER = `/*
 * Generated from components/tenant/settings/ by components/tenant/args-source.ts: change the settings, then run
 * \`npm run generate\`.
 */
`;

/** The text of args.generated.ts. */
export function argsSource(): string {
  const declarations = new Map<string, string>();
  const root = z.toJSONSchema(tenantCluster, { io: "input", unrepresentable: "throw" });
  typeOf(root, declarations);
  return [HEADER, ...[...declarations.values()].reverse()].join("\n");
}

/** The TypeScript type of a schema; what it needs declared is added to the declarations, inner ones first. */
function typeOf(schema: Schema, declarations: Map<string, string>): string {
  const { type, enum: values, items, additionalProperties } = schema;
  if (values !== undefined) return enumOf(schema, declarations);
  if (type === "array") return `${typeOf(items as Schema, declarations)}[]`;
  if (type === "object" && schema.properties === undefined) {
    return `Record<string, ${typeOf(additionalProperties as Schema, declarations)}>`;
  }
  if (type === "object") return interfaceOf(schema, declarations);
  return type === "integer" ? "number" : String(type);
}

function interfaceOf(schema: Schema, declarations: Map<string, string>): string {
  const name = `${nameOf(schema)}Args`;
  const fields = Object.entries((schema.properties ?? {}) as Record<string, Schema>).map(([key, property]) => {
    const optional = schema.required?.includes(key) === true ? "" : "?";
    return `  /** ${documentation(property)} */\n  ${key}${optional}: ${typeOf(property, declarations)};\n`;
  });
  const text = `/** ${schema.description ?? name} */\nexport interface ${name} {\n${fields.join("")}}\n`;
  declarations.set(name, text);
  return name;
}

function enumOf(schema: Schema, declarations: Map<string, string>): string {
  const name = nameOf(schema);
  const members = (schema.enum as string[]).map((value) => {
    const name = value.replace(/(?:^|-)(.)/g, (_match, first: string) => first.toUpperCase());
    return `  ${name}: ${JSON.stringify(value)},\n`;
  });
  const type = `export type ${name} = (typeof ${name})[keyof typeof ${name}];\n`;
  declarations.set(name, `export const ${name} = {\n${members.join("")}} as const;\n${type}`);
  return name;
}

/** What is said of a field, and its default where that is a plain value. */
function documentation({ description = "", default: value }: Schema): string {
  if (value === undefined || (typeof value === "object" && !Array.isArray(value) && value !== null)) return description;
  const text = Array.isArray(value) && value.length === 0 ? "none" : String(value);
  return `${description} Default: ${text}.`;
}

/** `Node pool` is NodePool. */
function nameOf({ title, description }: Schema): string {
  if (title === undefined) throw new Error(`settings of a tenant: "${description}" — an object or enum needs a title`);
  return title.replace(/(?:^| )([a-z])/gi, (_match, letter: string) => letter.toUpperCase());
}
