import assert from "node:assert/strict";
import { parseYaml } from "./yaml";

describe("a text of YAML", () => {
  it("has the values that Kubernetes reads in it", () => {
    const values: readonly (readonly [text: string, value: unknown])[] = [
      ["yes", true],
      ["Off", false],
      ["n", false],
      ["TRUE", true],
      ['"yes"', "yes"],
      ["~", null],
      ["Null", null],
      ["0644", 420],
      ["0o644", 420],
      ["-0x1F", -31],
      ["0b11", 3],
      ["1_000", 1000],
      ["_1", "_1"],
      ["09", 9],
      ["1e3", 1000],
      [".5", 0.5],
      ["1.", 1],
      ["-.inf", -Infinity],
      ["1e999", "1e999"],
      ["0x", "0x"],
      [".", "."],
      ["-5", -5],
      ["12:30", "12:30"],
      ["2001-12-14", "2001-12-14"],
      ["2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"],
      ["1.2.3", "1.2.3"],
      ["100m", "100m"],
      ["!!str 5", "5"],
      ["!!int '5'", 5],
      ["!!binary aGk=", "hi"],
      ["!mine word", "word"],
      ["!mine [a]", ["a"]],
      ["!!set {a: }", { a: null }],
    ];
    for (const [text, value] of values) assert.deepEqual(parseYaml(`field: ${text}`), [{ field: value }], text);
  });

  it("has fields named by texts, also where keys are written as numbers or booleans", () => {
    assert.deepEqual(parseYaml("on: 1\n8080: web\n~: none\n"), [{ true: 1, 8080: "web", null: "none" }]);
  });

  it("merges what it says to merge, below what it says itself", () => {
    const text = "base: &base {a: 1, b: 1}\nmore: &more {c: 3}\nall:\n  b: 2\n  <<: [*base, *more]\n";
    assert.deepEqual((parseYaml(text)[0] as { all: unknown }).all, { a: 1, b: 2, c: 3 });
  });

  it("counts the last of the keys that are there twice", () => {
    assert.deepEqual(parseYaml("a: 1\nb: 2\na: 3\n"), [{ a: 3, b: 2 }]);
  });

  it("may have many documents, some of them empty, or none", () => {
    assert.deepEqual(parseYaml("a: 1\n---\n---\n# nothing\n---\n[2]\n"), [{ a: 1 }, null, null, [2]]);
    assert.deepEqual(parseYaml(""), []);
    assert.deepEqual(parseYaml("# nothing\n"), []);
    assert.deepEqual(parseYaml('\uFEFF{"a": [1, "\\u00e9"]}'), [{ a: [1, "é"] }]);
  });

  it("is read although its brackets close too far left, with the same values", () => {
    const text = "a: {\n  on: yes,\n  mode: 0644,\n  at: 12:30,\n  day: 2001-12-14,\n  <<: {b: 1}\n}\n";
    assert.deepEqual(parseYaml(text), [{ a: { true: true, mode: 420, at: "12:30", day: "2001-12-14", b: 1 } }]);
  });

  it("sets no prototype", () => {
    const [value] = parseYaml("__proto__: {polluted: true}\nconstructor: {prototype: {polluted: true}}\n");
    assert.ok(Object.hasOwn(value as object, "__proto__"));
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    assert.equal((value as { polluted?: unknown }).polluted, undefined);
  });

  for (const [what, text] of [
    ["is not YAML", "a: [1, 2"],
    ["has an object for a key", "? {a: 1}\n: 2\n"],
    ["names an anchor that is not there", "a: *nothing\n"],
    ["contains itself", "a: &a [*a]\n"],
    ["contains itself below an older anchor of that name", "a: &a 1\nb: &a {c: [*a]}\n"],
    ["has a byte that is no text", "a: \u0000\n"],
    ["is nested too deeply", "[".repeat(300) + "]".repeat(300)],
    ["is nested too deeply by dashes", "- ".repeat(300)],
    ["is nested too deeply where its brackets are wrong, too", `a: {\n}\nb: ${"[".repeat(300)}`],
    ["is too long", " ".repeat(5 << 20)],
  ] as const) {
    it(`is refused when it ${what}`, () => {
      assert.throws(() => parseYaml(text), Error);
    });
  }

  it("is refused when aliases make it huge, or deep", () => {
    const laughs = Array.from({ length: 12 }, (_, level) => {
      const inner =
        level === 0
          ? "ha"
          : Array(10)
              .fill(`*l${level - 1}`)
              .join(", ");
      return `l${level}: &l${level} [${inner}]\n`;
    });
    assert.throws(() => parseYaml(laughs.join("")), /far larger/);
    const chain = Array.from({ length: 300 }, (_, level) => `- &c${level} [${level === 0 ? "" : `*c${level - 1}`}]\n`);
    assert.throws(() => parseYaml(chain.join("")), /deeper than/);
  });

  it("may use an anchor as often as people do", () => {
    const text = `base: &base {a: 1, b: [2]}\nlist:\n${"  - {name: web, from: *base}\n".repeat(2000)}`;
    const [value] = parseYaml(text) as [{ list: { from: object }[] }];
    assert.equal(value.list.length, 2000);
    assert.deepEqual(value.list[1999]?.from, { a: 1, b: [2] });
  });
});
