import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { parse } from "yaml";
import { parseYamlText } from "./yaml-text";

/*
 * Outcomes are those of YAML 1.2.2 (core schema, chapter 10.3), as yaml 2.9 reads it; the engine reads stack files with
 * go-yaml 3, which takes brackets in the first column and aliases as well.
 */
describe("the YAML of stack files", () => {
  for (const [what, text, value] of [
    ["plain words that YAML 1.1 took for booleans", "a: yes", { a: "yes" }],
    ["decimals with leading zeros", "a: 0644", { a: 644 }],
    ["octal numbers", "a: 0o644", { a: 420 }],
    ["dates, which are texts", "a: 2020-01-01", { a: "2020-01-01" }],
    ["an empty text", "", null],
    ["brackets that close in the first column", "a: {\n  b: 1\n}", { a: { b: 1 } }],
    ["aliases", "a: &x [1]\nb: *x", { a: [1], b: [1] }],
  ] as const) {
    it(`has ${what}`, () => {
      assert.deepEqual(parseYamlText(text), value);
      assert.deepEqual(parse(text), value);
    });
  }

  it("is refused where a key is there twice, a bracket stays open, or there are two documents", () => {
    assert.throws(() => parseYamlText("a: 1\na: 2"), /Map keys must be unique at line 2, column 1/);
    assert.throws(() => parseYamlText("[1,2"), /Flow sequence must end with a \]/);
    assert.throws(() => parseYamlText("--- 1\n--- 2"), /multiple documents/);
  });

  it("is read without loading the thorough parser where the fast one does", () => {
    const script = `
      const { parseYamlText } = require(${JSON.stringify(require.resolve("./yaml-text"))});
      const loaded = () => Object.keys(require.cache).some((file) => /node_modules.yaml.dist/.test(file));
      parseYamlText("config: { a: 1 }");
      const before = loaded();
      parseYamlText("config: {\\n}");
      process.stdout.write(JSON.stringify([before, loaded()]));`;
    const seen: unknown = JSON.parse(execFileSync(process.execPath, ["-e", script], { encoding: "utf8" }));
    assert.deepEqual(seen, [false, true]);
  });
});
