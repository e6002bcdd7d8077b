import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { contentName, DNS_LABEL, objectName } from "./names";

const part = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,60}[a-z0-9])?$/);
const parts = fc.array(part, { minLength: 1, maxLength: 4 });

describe("the name of an object", () => {
  it("is a DNS label of at most 63 characters, from any parts", () => {
    fc.assert(
      fc.property(parts, (given) => {
        const name = objectName(...given);
        assert.match(name, DNS_LABEL);
        assert.ok(name.length <= 63);
      }),
    );
  });

  it("is its parts where they fit", () => {
    assert.equal(objectName("acme", "small"), "acme-small");
    assert.equal(objectName("a".repeat(31), "b".repeat(31)).length, 63);
  });

  it("is another one for other parts, also when both are cut", () => {
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        if (a.join("-") === b.join("-")) return;
        const [first, second] = [objectName(...a), objectName(...b)];
        if (a.join("-").length > 63 || b.join("-").length > 63) assert.notEqual(first, second);
      }),
    );
    const long = "x".repeat(60);
    assert.notEqual(objectName(long, "one"), objectName(long, "two"));
  });

  for (const bad of ["", "A", "-a", "a-", "a.b", "ä", "a b"]) {
    it(`is refused for the part "${bad}"`, () => assert.throws(() => objectName("acme", bad), /is not a DNS label/));
  }
});

describe("the name of content", () => {
  const content = fc.jsonValue({ maxDepth: 3 });

  it("is the same for the same content, in whichever order it was written down", () => {
    const reversed = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(reversed)
        : typeof value === "object" && value !== null
          ? Object.fromEntries(
              Object.entries(value)
                .reverse()
                .map(([key, inner]) => [key, reversed(inner)]),
            )
          : value;
    fc.assert(
      fc.property(content, (value) => {
        if (JSON.stringify(value)?.includes("__proto__") === true) return;
        assert.equal(contentName(reversed(value), "acme"), contentName(value, "acme"));
      }),
    );
  });

  it("is another one for other content", () => {
    fc.assert(
      fc.property(content, (value) => {
        assert.notEqual(contentName({ value }, "acme"), contentName({ value, more: 1 }, "acme"));
        assert.notEqual(contentName([value, 1], "acme"), contentName([1, [value]], "acme"));
      }),
    );
  });

  it("depends on the order of a list, which means something", () => {
    assert.notEqual(contentName(["a", "b"], "acme"), contentName(["b", "a"], "acme"));
  });
});
