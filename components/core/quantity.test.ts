import * as assert from "node:assert/strict";
import { quantity } from "./quantity";

describe("a quantity", () => {
  for (const [text, number] of [
    ["0", 0],
    ["2", 2],
    ["1.5", 1.5],
    ["500m", 0.5],
    ["1k", 1000],
    ["1M", 1e6],
    ["4Ki", 4096],
    ["4Gi", 4294967296],
    ["1.5Gi", 1610612736],
    ["1Ti", 1099511627776],
  ] as const) {
    it(`${text} is ${number}`, () => assert.equal(quantity(text), number));
  }

  for (const text of ["", "Gi", "-1", "1 Gi", "1gb", "1K", "1.", ".5", "1e3", "NaN", "1mi"]) {
    it(`is not "${text}"`, () => assert.throws(() => quantity(text), /is not a quantity like 4Gi/));
  }
});
