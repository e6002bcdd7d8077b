import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import * as fc from "fast-check";
import { parse } from "yaml";
import { PACKAGE_ROOT } from "../../components/core/package-root";
import { checked } from "../../components/core/checked";
import { readProject } from "../stack-files";
import { allocate, release } from "./allocate";
import { inventoryContradictions } from "./contradictions";
import { inventoryFile, readInventory } from "./inventory-file";
import { inventoryText } from "./inventory-text";
import { inventorySchema } from "./schema";

const EXAMPLE = fs.readFileSync(path.join(PACKAGE_ROOT, "stacks/config/inventory.example.yaml"), "utf8");
const read = (text: string) => checked(inventorySchema, parse(text), { what: "inventory", fix: "correct it" });

describe("the file of an inventory", () => {
  it("is beside the stack files; a cloud may have none", () => {
    const project = readProject(PACKAGE_ROOT);
    assert.equal(inventoryFile(project, "example"), "stacks/config/inventory.example.yaml");
    const example = readInventory(project, "example");
    assert.deepEqual(Object.keys(example?.tenants ?? {}), ["acme"]);
    assert.deepEqual(example === undefined ? [] : inventoryContradictions(example), []);
    assert.equal(readInventory(project, "nowhere"), undefined);
  });

  it("gets a line for a tenant, in the order of names, and loses it again; comments and all else stay", () => {
    const more = allocate(allocate(read(EXAMPLE), "zeta"), "globex--prod");
    const text = inventoryText(EXAMPLE, more);
    const added = text.split("\n").filter((line) => !EXAMPLE.split("\n").includes(line));
    assert.deepEqual(added, [
      "  globex--prod: { podCidr: 10.128.64.0/19, serviceCidr: 10.64.8.0/22 }",
      "  zeta: { podCidr: 10.128.32.0/19, serviceCidr: 10.64.4.0/22 }",
    ]);
    assert.ok(EXAMPLE.split("\n").every((line) => text.split("\n").includes(line)));
    const without = inventoryText(text, release(read(text), "zeta"));
    assert.match(without, /\nfreed:\n {2}podCidr: \[10\.128\.32\.0\/19\]\n {2}serviceCidr: \[10\.64\.4\.0\/22\]\n/);
    assert.doesNotMatch(without, /zeta/);
  });

  it("says after any change what was changed", () => {
    const names = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
    fc.assert(
      fc.property(fc.array(fc.record({ name: names, goes: fc.boolean() }), { maxLength: 20 }), (steps) => {
        let [text, inventory] = [EXAMPLE, read(EXAMPLE)];
        for (const { name, goes } of steps) {
          inventory = goes ? release(inventory, name) : allocate(inventory, name);
          text = inventoryText(text, inventory);
          assert.deepEqual(JSON.parse(JSON.stringify(read(text))), JSON.parse(JSON.stringify(inventory)));
        }
      }),
      { numRuns: 50 },
    );
  });

  it("may have no tenants yet, and none again", () => {
    const bare = EXAMPLE.slice(0, EXAMPLE.indexOf("tenants:"));
    const one = inventoryText(bare, allocate(read(bare), "acme"));
    assert.match(one, /\ntenants:\n {2}acme: \{ podCidr: 10\.128\.0\.0\/19, serviceCidr: 10\.64\.0\.0\/22 \}\n/);
    const none = inventoryText(one, release(read(one), "acme"));
    assert.deepEqual(read(none).tenants, {});
    assert.match(inventoryText(none, allocate(read(none), "late")), /\n {2}late: \{/);
  });
});
