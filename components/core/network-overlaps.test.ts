import * as assert from "node:assert/strict";
import { Cidr } from "./cidr";
import { overlaps } from "./network-overlaps";

const use = (where: string, text: string) => ({ where, network: Cidr.parse(text) });

describe("networks that overlap", () => {
  it("are reported once, at the later one, with both", () => {
    const found = overlaps([use("pods", "10.0.0.0/8"), use("services", "10.96.0.0/16"), use("nodes", "192.0.2.0/24")]);
    assert.deepEqual(found, [
      {
        where: "services",
        given: "10.96.0.0/16",
        rule: "must not overlap pods 10.0.0.0/8",
        fix: "choose a network outside it",
      },
    ]);
  });

  it("are looked for among others too, but not between those", () => {
    const others = [use("one", "10.0.0.0/8"), use("two", "10.1.0.0/16")];
    assert.deepEqual(
      overlaps([use("own", "10.1.2.0/24")], others).map(({ rule }) => rule),
      ["must not overlap one 10.0.0.0/8", "must not overlap two 10.1.0.0/16"],
    );
    assert.deepEqual(overlaps([], others), []);
  });

  it("are not those that only touch", () => {
    assert.deepEqual(overlaps([use("a", "10.0.0.0/25"), use("b", "10.0.0.128/25")]), []);
  });
});
