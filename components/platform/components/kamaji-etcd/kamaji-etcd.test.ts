import * as assert from "node:assert/strict";
import { at, objectOf, plan, valuesOf } from "../../platform.fixture";

describe("kamaji-etcd", () => {
  it("names its members and certificates as the chart makes them, never their content", () => {
    const planned = plan();
    const store = objectOf(planned, "tenants");
    const fullname = at(valuesOf(planned, "kamaji-etcd"), "fullnameOverride");
    assert.equal(store.metadata.name, at(valuesOf(planned, "kamaji"), "defaultDatastoreName"));
    assert.deepEqual(
      at(store, "spec.endpoints"),
      [0, 1, 2].map((index) => `${fullname}-${index}.${fullname}.kamaji-system.svc.cluster.local:2379`),
    );
    assert.ok(!JSON.stringify(store).includes("content"));
  });

  it("has a majority left when a machine is lost in production, and one member in development", () => {
    const members = (tier: string) => at(valuesOf(plan({ change: { tier } }), "kamaji-etcd"), "replicas");
    assert.deepEqual([members("production"), members("development")], [3, 1]);
  });
});
