import * as assert from "node:assert/strict";
import { at, objectOf, plan, valuesOf } from "../../platform.fixture";

const change = (storage: object = {}) => ({
  tier: "development",
  storage,
  components: { piraeus: { enabled: false }, "local-path": { enabled: true } },
});

describe("local-path", () => {
  const planned = plan({ change: change() });
  const value = (path: string) => at(valuesOf(planned, "local-path-provisioner"), path);

  it("makes the class of its provisioner itself, bound where the pod runs", () => {
    const made = objectOf(planned, "local");
    assert.equal(value("storageClass.create"), false);
    assert.equal(made["provisioner"], value("storageClass.provisionerName"));
    assert.equal(made["volumeBindingMode"], "WaitForFirstConsumer");
    assert.equal(made["allowVolumeExpansion"], false);
  });

  it("keeps volumes where Talos lets pods write, or where the settings say", () => {
    const paths = (storage: object) =>
      at(valuesOf(plan({ change: change(storage) }), "local-path-provisioner"), "nodePathMap.0.paths.0");
    assert.equal(paths({}), "/var/local-path-provisioner");
    assert.equal(paths({ localDirectory: "/var/mnt/volumes" }), "/var/mnt/volumes");
  });

  /* local-path-provisioner 0.0.33 turns leader election off (main.go): two copies would both provision a claim. */
  it("runs one provisioner", () => assert.equal(value("replicaCount"), 1));

  it("runs images of exact versions", () => {
    assert.match(String(value("image.tag")), /^v\d+\.\d+\.\d+$/);
    assert.match(String(value("helperImage.tag")), /^\d+\.\d+\.\d+$/);
  });
});
