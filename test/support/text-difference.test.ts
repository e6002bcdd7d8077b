import * as assert from "node:assert/strict";
import { textDifference } from "./text-difference";

const lines = (...texts: string[]) => texts.join("\n");

describe("the difference of two texts", () => {
  it("is nothing when they are equal", () => assert.equal(textDifference("a\nb", "a\nb"), ""));

  it("has what went and what came, with two lines around it", () => {
    const first = lines("1", "2", "3", "4", "5", "6");
    assert.equal(
      textDifference(first, first.replace("4", "x")),
      lines("line 2:", "  2", "  3", "- 4", "+ x", "  5", "  6"),
    );
  });

  it("leaves out what is between two changes that are far from each other", () => {
    const first = lines("1", "2", "3", "4", "5", "6", "7", "8", "9");
    const second = lines("0", "1", "2", "3", "4", "5", "6", "7", "8");
    assert.equal(textDifference(first, second), lines("line 1:", "+ 0", "  1", "  2", "line 7:", "  7", "  8", "- 9"));
  });

  it("is the whole text where the other one is empty", () => {
    assert.equal(textDifference("", lines("a", "b")), lines("line 1:", "- ", "+ a", "+ b"));
  });
});
