import * as assert from "node:assert/strict";
import { chartExemptions } from "./chart-exemptions";

const section = {
  owner: "platform",
  expiry: "2999-12-31",
  releases: {
    "cilium/cilium": [
      {
        object: { kind: "DaemonSet", name: "cilium" },
        because: {
          "it is the network of its node": ["pss-host-namespaces", "pss-host-ports"],
          "its maps are files of the node": ["pss-host-path"],
        },
      },
    ],
  },
};

describe("exemptions of what charts render", () => {
  it("are one for each rule of each object", () => {
    const exemptions = chartExemptions(section, "policies.yaml");
    assert.deepEqual(
      exemptions.map(({ rule, reason }) => [rule, reason]),
      [
        ["pss-host-namespaces", "it is the network of its node"],
        ["pss-host-ports", "it is the network of its node"],
        ["pss-host-path", "its maps are files of the node"],
      ],
    );
    for (const { selector, owner, expiry } of exemptions) {
      assert.deepEqual(selector, { release: "cilium/cilium", kind: "DaemonSet", name: "cilium" });
      assert.deepEqual([owner, expiry], ["platform", "2999-12-31"]);
    }
  });

  it("are none where nothing is said", () => {
    assert.deepEqual(chartExemptions(undefined, "policies.yaml"), []);
  });

  const refused: Record<string, [object, RegExp]> = {
    "an object without a name": [
      { ...section, releases: { "a/b": [{ object: { kind: "Deployment" }, because: {} }] } },
      /releases\.a\/b\.0\.object\.name: missing/,
    ],
    "a rule without a reason": [
      { ...section, releases: { "a/b": [{ object: { kind: "Job", name: "x" }, because: { why: [] } }] } },
      /because\.why/,
    ],
    "no end": [{ ...section, expiry: "never" }, /expiry: "never" — must be a date/],
    "keys of its own": [{ ...section, rules: [] }, /rules: unknown key/],
  };
  for (const [what, [given, message]] of Object.entries(refused)) {
    it(`are refused with ${what}`, () => {
      assert.throws(() => chartExemptions(given, "policies.yaml"), { name: "InvalidInput", message });
    });
  }
});
