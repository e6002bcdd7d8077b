import * as assert from "node:assert/strict";
import { nearest } from "./nearest";

describe("the word that was meant", () => {
  const words = ["exposed", "public", "addresses"];

  it("is the nearest", () => {
    assert.equal(nearest("expose", words), "exposed");
    assert.equal(nearest("Adresses", words), "addresses");
    assert.equal(nearest("public", words), "public");
  });

  it("is none where all are far", () => {
    assert.equal(nearest("weather", words), undefined);
    assert.equal(nearest("x", []), undefined);
  });
});
