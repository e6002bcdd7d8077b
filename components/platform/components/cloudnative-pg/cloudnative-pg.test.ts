import * as assert from "node:assert/strict";
import { at, plan, valuesOf } from "../../platform.fixture";

describe("cloudnative-pg", () => {
  const planned = plan({ change: { components: { "cloudnative-pg": { enabled: true } } } });

  it("runs two copies in production, each on a machine of its own, with a budget", () => {
    const values = valuesOf(planned, "cloudnative-pg");
    assert.equal(at(values, "replicaCount"), 2);
    assert.ok(at(values, "affinity.podAntiAffinity") !== undefined);
    const protection = planned.namespaces["cloudnative-pg"]?.protection.map(({ resource }) => resource) ?? [];
    assert.ok(protection.includes("cloudnative-pg-budget"));
  });

  it("may ask the managers in the databases' pods, in any namespace", () => {
    const policy = planned.namespaces["cloudnative-pg"]?.protection.find(
      ({ resource }) => resource === "cloudnative-pg-platform",
    );
    assert.match(JSON.stringify(policy?.object.spec), /cnpg\.io\/cluster.*8000/);
  });
});
