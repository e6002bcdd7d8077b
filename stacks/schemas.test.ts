import * as assert from "node:assert/strict";
import type { z } from "zod";
import { LAYERS } from "../components/core/layers";
import { stackFileSchema } from "./schemas";

type Schema = z.core.JSONSchema.BaseSchema;

/** Paths of all fields without a description, through maps, lists and alternatives. */
function undescribed(schema: Schema, path = ""): string[] {
  const inside = (value: unknown, name: string) =>
    typeof value === "object" && value !== null ? undescribed(value as Schema, `${path}${name}`) : [];
  const fields = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const at = path === "" ? name : `${path}.${name}`;
    const described = typeof field === "object" && (field.description ?? "").length > 2;
    return [...(described ? [] : [at]), ...(typeof field === "object" ? undescribed(field, at) : [])];
  });
  return [
    ...fields,
    ...inside(schema.additionalProperties, ".*"),
    ...inside(schema.items, ".0"),
    ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])].flatMap((each) => inside(each, "")),
  ];
}

describe("the JSON Schema of stack files", () => {
  for (const layer of LAYERS) {
    it(`of the layer ${layer} describes every field`, async () => {
      assert.deepEqual(undescribed(await stackFileSchema(layer)), []);
    });
  }

  it("would be caught with a field that has no description, wherever it is", () => {
    const plain = { type: "string" } as const;
    const schema: Schema = {
      properties: {
        good: { description: "A name.", properties: { a: plain } },
        bad: plain,
        map: { description: "By name.", additionalProperties: { properties: { b: plain } } },
        list: { description: "In order.", items: { properties: { c: plain } } },
        either: { description: "One of two.", anyOf: [plain, { properties: { d: plain } }] },
      },
    };
    assert.deepEqual(undescribed(schema), ["good.a", "bad", "map.*.b", "list.0.c", "either.d"]);
  });
});
