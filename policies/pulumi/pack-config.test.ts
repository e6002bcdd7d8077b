import * as assert from "node:assert/strict";
import { RULES } from "../rules";
import { configJsonSchema } from "./pack-config";

describe("the configuration that the engine is shown", () => {
  const { properties } = configJsonSchema(RULES);

  it("has every setting with its type and description", () => {
    assert.deepEqual(properties["tier"], {
      type: "string",
      enum: ["development", "production"],
      description: "How strict medium rules are.",
    });
    assert.deepEqual(properties["registries"], {
      type: "array",
      items: { type: "string" },
      description: "Host and path prefixes images may come from.",
    });
    assert.equal(properties["params"]?.type, "object");
    for (const [name, { description }] of Object.entries(properties)) assert.ok(description !== undefined, name);
  });

  it("leaves the check of what is inside to the pack, whose messages say more", () => {
    for (const schema of Object.values(properties)) {
      const known = ["type", "enum", "items", "description"];
      assert.deepEqual(
        Object.keys(schema).filter((key) => !known.includes(key)),
        [],
      );
    }
  });
});
