import * as assert from "node:assert/strict";
import { at, plan, valuesOf } from "../../platform.fixture";

describe("vertical-pod-autoscaler", () => {
  const planned = plan({
    change: { components: { "vertical-pod-autoscaler": { enabled: true }, "metrics-server": { enabled: true } } },
  });

  it("needs what machines and pods use, and says which component gives that", () => {
    assert.throws(
      () => plan({ change: { components: { "vertical-pod-autoscaler": { enabled: true } } } }),
      /resource-metrics: .* needed by vertical-pod-autoscaler; switch on .*platform\.components\.metrics-server/,
    );
  });

  it("has no Job that applies definitions", () => {
    assert.equal(at(valuesOf(planned, "vertical-pod-autoscaler"), "crds.enabled"), false);
  });
});
