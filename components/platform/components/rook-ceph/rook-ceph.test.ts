import * as assert from "node:assert/strict";
import { at, management, objectOf, parsed, plan } from "../../platform.fixture";
import { readChartLock } from "../../charts/lock";
import { planPlatform } from "../../plan";
import { ROOT } from "../../platform.fixture";

const components = {
  piraeus: { enabled: false },
  "rook-ceph": { enabled: true },
  "openebs-lvm": { enabled: true },
};
const storage = { ceph: { devices: "/dev/disk/by-path/.*-scsi-1.*" }, lvmVolumeGroup: "local" };
const change = (ceph: object = {}) => ({ components, storage: { ...storage, ceph: { ...storage.ceph, ...ceph } } });

describe("rook-ceph", () => {
  const planned = plan({ change: change() });

  it("takes the disks of the settings, whole, on machines that keep volumes, encrypted in production", () => {
    assert.deepEqual(at(objectOf(planned, "ceph-cluster"), "spec.storage"), {
      useAllNodes: false,
      useAllDevices: false,
      devicePathFilter: "/dev/disk/by-path/.*-scsi-1.*",
      nodes: ["worker-1", "worker-2", "worker-3"].map((name) => ({ name })),
      config: { encryptedDevice: "true" },
    });
    const development = plan({ change: { ...change(), tier: "development" } });
    assert.equal(at(objectOf(development, "ceph-cluster"), "spec.storage.config.encryptedDevice"), "false");
  });

  it("keeps copies on machines of their own, and what is on disks when its object goes", () => {
    assert.deepEqual(objectOf(planned, "ceph-pool").spec, {
      failureDomain: "host",
      replicated: { size: 3, requireSafeReplicaSize: true },
    });
    assert.equal(at(objectOf(planned, "ceph-cluster"), "spec.cleanupPolicy.confirmation"), "");
  });

  it("gives the class that disks of virtual machines are of, in place of the one that is off", () => {
    const made = objectOf(planned, "replicated");
    assert.equal(made["provisioner"], "rook-ceph.rbd.csi.ceph.com");
    assert.equal((made["parameters"] as Record<string, string>)["pool"], objectOf(planned, "ceph-pool").metadata.name);
    assert.equal(objectOf(planned, "ceph-snapshots")["driver"], made["provisioner"]);
  });

  it("takes Ceph's image from the mirror", () => {
    const mirror = { images: "registry.example/mirror" };
    const image = at(objectOf(plan({ change: { ...change(), mirror } }), "ceph-cluster"), "spec.cephVersion.image");
    assert.match(String(image), /^registry\.example\/mirror\/ceph\/ceph:v\d/);
  });

  it("is refused without disks, and beside another that gives the same classes", () => {
    assert.throws(
      () => parsed({ components, storage: { lvmVolumeGroup: "local" } }),
      /platform\.storage\.ceph: missing — says which disks Ceph takes/,
    );
    assert.throws(
      () => parsed({ ...change(), components: { ...components, piraeus: { enabled: true } } }),
      /storage-class\/replicated: provided by piraeus and rook-ceph/,
    );
  });

  it("is refused with more copies than machines, machines that there are not, and too few for a majority", () => {
    assert.throws(
      () => plan({ change: change({ copies: 4 }) }),
      /ceph\.copies: 4 — must not be more than the 3 machines/,
    );
    assert.throws(
      () => plan({ change: change({ machines: ["worker-1", "worker-2", "worker-9"] }) }),
      /ceph\.machines: worker-9 — must be a machine of the base stack/,
    );
    const two = { ...management, machines: { "cp-1": MACHINE, "cp-2": MACHINE } };
    assert.throws(
      () => planPlatform(parsed(change({ copies: 2 })), two, { lock: readChartLock(ROOT), vendored: () => "any" }),
      /rook-ceph: 2 machines that keep volumes — needs three: its monitors decide by majority/,
    );
  });
});

const MACHINE = { role: "controlplane", address: "192.0.2.11" } as const;
