import * as assert from "node:assert/strict";
import { readSettings } from "./settings";
import { run } from "../test/support/registrations";

describe("settings", () => {
  it("are read from the stack's configuration, of this project only, nested values as they were written", async () => {
    let seen: unknown;
    const config = {
      "firmament:layer": "tenant",
      "firmament:tenant": '{"a":[1]}',
      "firmament:odd": "[x",
      "kubernetes:a": "b",
    };
    await run(() => void (seen = readSettings()), { config });
    assert.deepEqual(seen, { layer: "tenant", tenant: { a: [1] }, odd: "[x" });
  });
});
