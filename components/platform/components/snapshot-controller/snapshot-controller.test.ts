import * as assert from "node:assert/strict";
import { at, plan, valuesOf } from "../../platform.fixture";

const value = (path: string, change: object = {}) => at(valuesOf(plan({ change }), "snapshot-controller"), path);

describe("snapshot-controller", () => {
  it("runs twice in production, of which one at a time may be taken away, and once in development", () => {
    assert.equal(value("controller.replicaCount"), 2);
    assert.deepEqual(value("controller.pdb"), { maxUnavailable: 1 });
    assert.equal(value("controller.replicaCount", { tier: "development" }), 1);
    assert.equal(value("controller.pdb", { tier: "development" }), undefined);
  });

  it("brings its kinds before anything makes a class of snapshots, and leaves them in a production cloud", () => {
    const { stages } = plan();
    assert.equal(value("installCRDs"), true);
    const release = stages.find(({ name }) => name === "snapshot-controller");
    assert.ok(release !== undefined && "release" in release && release.release.takesCrdsAlong);
    const classes = stages.find(({ name }) => name === "storage-classes");
    assert.ok(classes?.after.includes("snapshot-controller"));
  });
});
