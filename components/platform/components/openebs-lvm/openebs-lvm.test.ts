import * as assert from "node:assert/strict";
import { at, objectOf, parsed, plan, valuesOf } from "../../platform.fixture";

const components = {
  piraeus: { enabled: false },
  "rook-ceph": { enabled: true },
  "openebs-lvm": { enabled: true },
};
const storage = { ceph: { devices: "/dev/sdb" }, lvmVolumeGroup: "fast" };

describe("openebs-lvm", () => {
  const planned = plan({ change: { components, storage } });

  it("makes volumes in the group of the settings, where their pod runs, and is not the default", () => {
    const made = objectOf(planned, "local");
    assert.equal((made["parameters"] as Record<string, string>)["volgroup"], "fast");
    assert.equal(made["volumeBindingMode"], "WaitForFirstConsumer");
    assert.equal(made.metadata.annotations?.["storageclass.kubernetes.io/is-default-class"], "false");
  });

  it("tells nobody about it, and leaves kinds of snapshots to the platform", () => {
    assert.equal(at(valuesOf(planned, "lvm-localpv"), "analytics.enabled"), false);
    assert.equal(at(valuesOf(planned, "lvm-localpv"), "crds.csi.volumeSnapshots.enabled"), false);
  });

  it("is refused without a volume group", () => {
    assert.throws(
      () => parsed({ components, storage: { ceph: storage.ceph } }),
      /platform\.storage\.lvmVolumeGroup: missing — names the volume group/,
    );
  });
});
