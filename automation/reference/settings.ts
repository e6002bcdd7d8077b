import type { z } from "zod";
import { LAYERS, NAMESPACE, type Layer } from "../../components/core/layers";
import { FORMS } from "../../components/core/schema";
import { stackFileSchema } from "../../stacks/schemas";
import { code, page, table } from "./markdown";

type Schema = z.core.JSONSchema.BaseSchema;

/** One setting, as a line of a table. */
export interface SettingRow {
  /** As messages name it: `base.machines.<name>.address`. */
  readonly path: string;
  readonly type: string;
  readonly default: string;
  readonly description: string;
}

const ABOUT: Readonly<Record<Layer, string>> = {
  base: "The management cluster: from machines booted into Talos to Kubernetes.",
  platform: "What turns the management cluster into a cloud: networking, storage, virtualization, Cluster API.",
  tenant: "One tenant's Kubernetes cluster.",
};

/** A page for each layer: every setting of its stack files. */
export async function settingsPages(): Promise<Record<string, string>> {
  const pages = LAYERS.map(async (layer) => [
    `settings-${layer}.md`,
    settingsPage(layer, await stackFileSchema(layer)),
  ]);
  return Object.fromEntries(await Promise.all(pages)) as Record<string, string>;
}

function settingsPage(layer: Layer, schema: Schema): string {
  const rows = settingRows(configOf(schema));
  return page(
    `Settings of the layer ${layer}`,
    ABOUT[layer],
    `A stack file \`Pulumi.${stackName(layer)}.yaml\` has them under \`config:\`, each first part with the prefix ` +
      `\`${NAMESPACE}:\`. Messages name settings as they stand here. Unknown settings are errors. Editors that know ` +
      `[the JSON Schema](../../stacks/config/schemas/${layer}.schema.json) complete them.`,
    table(
      ["setting", "type", "default", "description"],
      rows.map((row) => [code(row.path), row.type, row.default, row.description]),
    ),
  );
}

function stackName(layer: Layer): string {
  return layer === "tenant" ? "tenant.<cloud>.<name>" : `${layer}.<cloud>`;
}

/** The part of a stack file's schema that holds this project's settings, without the prefix. */
function configOf({ properties = {} }: Schema): Schema {
  const config = objectOf(properties["config"]);
  const bare = (key: string) => key.replace(`${NAMESPACE}:`, "");
  return {
    properties: Object.fromEntries(Object.entries(config.properties ?? {}).map(([key, value]) => [bare(key), value])),
    required: (config.required ?? []).map(bare),
  };
}

/** Every setting in a schema, parents before what is in them. */
export function settingRows(schema: Schema, path = ""): SettingRow[] {
  const { properties = {}, required = [], additionalProperties, items } = schema;
  const alternatives = schema.anyOf ?? schema.oneOf ?? [];
  return [
    ...Object.entries(properties).flatMap(([name, value]) => {
      const field = objectOf(value);
      const at = path === "" ? name : `${path}.${name}`;
      const { description = "" } = field;
      return [
        { path: at, type: typeOf(field), default: defaultOf(field, required.includes(name)), description },
        ...settingRows(field, at),
      ];
    }),
    ...settingsInside(additionalProperties, `${path}.<name>`),
    ...settingsInside(items, `${path}.<index>`),
    ...alternatives.flatMap((each) => settingsInside(each, path)),
  ];
}

function settingsInside(schema: unknown, path: string): SettingRow[] {
  return typeof schema === "object" && schema !== null ? settingRows(schema as Schema, path) : [];
}

function typeOf(schema: Schema): string {
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) {
    return [...new Set(alternatives.map((each) => typeOf(objectOf(each))))].join(" or ");
  }
  if (schema.const !== undefined) return code(String(schema.const));
  if (schema.enum !== undefined) return schema.enum.map((value) => code(String(value))).join(" or ");
  switch (schema.type) {
    case "string":
      return textType(schema);
    case "integer":
    case "number":
      return `${schema.type === "integer" ? "whole number" : "number"}${boundsOf(schema)}`;
    case "boolean":
      return "true or false";
    case "array":
      return `list of ${typeOf(objectOf(schema.items))}`;
    case "object":
      return typeof schema.additionalProperties === "object" ? `map of ${typeOf(schema.additionalProperties)}` : "map";
    default:
      return "any";
  }
}

function textType({ format, pattern }: Schema): string {
  const form = Object.entries(FORMS).find(([, { source }]) => source === pattern);
  if (form !== undefined) return form[0];
  return format === "uri" ? "URL" : format === "ipv4" ? "IPv4 address" : "text";
}

/** zod bounds whole numbers by what a number can hold, which is no rule of ours. */
function boundsOf({ minimum, maximum }: Schema): string {
  const least = minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? undefined : minimum;
  const most = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (least !== undefined && most !== undefined) return `, ${least} to ${most}`;
  if (least !== undefined) return `, ${least} or more`;
  return most === undefined ? "" : `, ${most} or less`;
}

function defaultOf({ default: value }: Schema, required: boolean): string {
  if (required) return "required";
  if (value === undefined || (typeof value === "object" && Object.keys(value ?? {}).length === 0)) return "";
  return code(typeof value === "string" ? value : JSON.stringify(value));
}

/** A schema may also be `true`: anything. */
function objectOf(schema: unknown): Schema {
  return typeof schema === "object" && schema !== null ? (schema as Schema) : {};
}
