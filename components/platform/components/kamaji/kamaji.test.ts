import * as assert from "node:assert/strict";
import { readChartLock } from "../../charts/lock";
import { at, plan, ROOT, valuesOf } from "../../platform.fixture";

const value = (path: string, change: object = {}) => at(valuesOf(plan({ change }), "kamaji"), path);

describe("kamaji", () => {
  it("runs the image of its chart's version, never one that moves", () => {
    assert.equal(value("image.tag"), readChartLock(ROOT)["kamaji"]?.version);
    assert.equal(value("image.pullPolicy"), "IfNotPresent");
  });

  it("leaves the data store to a release of its own, and has its kinds before", () => {
    assert.equal(value("kamaji-etcd.deploy"), false);
    const { stages } = plan();
    const names = stages.map(({ name }) => name);
    for (const name of ["kamaji", "kamaji-etcd"]) assert.ok(names.indexOf("kamaji-crds") < names.indexOf(name), name);
    const crds = stages.find(({ name }) => name === "kamaji-crds");
    assert.ok(crds !== undefined && "release" in crds && crds.release.takesCrdsAlong);
  });

  it("runs twice in production behind a budget, and once in development", () => {
    assert.deepEqual([value("replicaCount"), value("replicaCount", { tier: "development" })], [2, 1]);
    const budgets = (tier: string) =>
      plan({ change: { tier } }).namespaces["kamaji-system"]?.protection.map(({ resource }) => resource);
    assert.ok(budgets("production")?.includes("kamaji-budget"));
    assert.ok(!budgets("development")?.includes("kamaji-budget"));
  });
});
