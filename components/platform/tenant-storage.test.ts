import * as assert from "node:assert/strict";
import { plan } from "./platform.fixture";
import { tenantStorageClasses } from "./tenant-storage";

describe("storage that a platform gives to tenants", () => {
  it("is every class, with whether any machine can use its volumes, whether they grow and how they are snapshotted", () => {
    const snapshotClass = "linstor-snapshots";
    assert.deepEqual(tenantStorageClasses(plan()), {
      local: { shared: false, expandable: true, snapshotClass },
      replicated: { shared: true, expandable: true, snapshotClass },
    });
  });

  it("has no class to share where volumes are directories of nodes", () => {
    const change = {
      tier: "development",
      storage: {},
      components: { piraeus: { enabled: false }, "local-path": { enabled: true } },
    };
    assert.deepEqual(tenantStorageClasses(plan({ change })), { local: { shared: false, expandable: false } });
  });
});
