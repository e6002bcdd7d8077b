import * as assert from "node:assert/strict";
import { at, plan, valuesOf } from "../../platform.fixture";

describe("flux-operator", () => {
  const planned = plan({ change: { components: { "flux-operator": { enabled: true } } } });

  it("applies what customers bring with their own accounts, and shows nothing to whoever asks", () => {
    const values = valuesOf(planned, "flux-operator");
    assert.deepEqual(at(values, "multitenancy"), { enabled: true, defaultServiceAccount: "flux" });
    assert.deepEqual(at(values, "web"), { enabled: false });
  });
});
