import * as assert from "node:assert/strict";
import { at, plan, valuesOf } from "../../platform.fixture";

describe("redis-operator", () => {
  const planned = plan({ change: { components: { "redis-operator": { enabled: true } } } });

  it("may ask servers and their sentinels, and nothing else in pods", () => {
    const policy = planned.namespaces["redis-operator"]?.protection.find(
      ({ resource }) => resource === "redis-operator-platform",
    );
    assert.match(JSON.stringify(policy?.object.spec), /redis-failover.*6379.*redis-failover.*26379/);
    assert.equal(at(valuesOf(planned, "redis-operator"), "securityContext.readOnlyRootFilesystem"), true);
  });
});
