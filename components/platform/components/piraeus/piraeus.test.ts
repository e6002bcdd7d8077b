import * as assert from "node:assert/strict";
import { readChartLock } from "../../charts/lock";
import { planPlatform } from "../../plan";
import { at, management, objectOf, parsed, plan, type PlanFixture, ROOT } from "../../platform.fixture";

const DRIVER = "linstor.csi.linbit.com";
const withStorage = (storage: object): PlanFixture => ({ change: { storage: { pool: { zfs: "tank" }, ...storage } } });
const parameter = (fixture: PlanFixture, name: string, of: string) =>
  (objectOf(plan(fixture), name)["parameters"] as Record<string, string>)[`${DRIVER}/${of}`];
const isDefault = (name: string) =>
  objectOf(plan(), name).metadata.annotations?.["storageclass.kubernetes.io/is-default-class"];

describe("piraeus", () => {
  it("has a replicated default class with as many copies as asked for, and a local one that is not default", () => {
    assert.deepEqual([isDefault("local"), isDefault("replicated")], ["false", "true"]);
    assert.equal(parameter(withStorage({ replicas: 2 }), "replicated", "autoPlace"), "2");
    assert.equal(parameter({}, "local", "allowRemoteVolumeAccess"), "false");
  });

  it("makes one pool of what the settings name", () => {
    const pools: readonly (readonly [pool: object, made: object])[] = [
      [{ zfs: "tank" }, { zfsThinPool: { zPool: "tank" } }],
      [{ lvmThin: { volumeGroup: "vg", thinPool: "thin" } }, { lvmThinPool: { volumeGroup: "vg", thinPool: "thin" } }],
      [{ directory: "/var/data" }, { fileThinPool: { directory: "/var/data" } }],
    ];
    for (const [pool, made] of pools) {
      const satellites = objectOf(plan(withStorage({ pool })), "satellites");
      assert.deepEqual(at(satellites, "spec.storagePools"), [{ name: "data", ...made }]);
    }
  });

  it("encrypts volumes below what replicates them, with keys that a passphrase locks, or neither", () => {
    const layers = (encryption: boolean) => {
      const fixture = withStorage({ encryption });
      const lists = ["local", "replicated"].map((name) => parameter(fixture, name, "layerList"));
      return [...lists, at(objectOf(plan(fixture), "linstor"), "spec.linstorPassphraseSecret")];
    };
    assert.deepEqual(layers(true), ["luks storage", "drbd luks storage", "linstor-passphrase"]);
    assert.deepEqual(layers(false), ["storage", "drbd storage", undefined]);
    assert.throws(() => objectOf(plan(withStorage({ encryption: false })), "linstor-passphrase"), /no object/);
  });

  it("encrypts what controller and satellites say, both with the same authority, and the API with another", () => {
    const planned = plan();
    const internal = at(objectOf(planned, "linstor"), "spec.internalTLS");
    assert.deepEqual(internal, at(objectOf(planned, "satellites"), "spec.internalTLS"));
    assert.notDeepEqual(internal, at(objectOf(planned, "linstor"), "spec.apiTLS"));
  });

  it("needs nothing that Talos refuses: neither kernel modules from pods nor systemd", () => {
    const pod = JSON.stringify(at(objectOf(plan(), "satellites"), "spec.podTemplate"));
    for (const gone of ["drbd-module-loader", "run-systemd-system", "usr-src"]) {
      assert.ok(pod.includes(`{"name":"${gone}","$patch":"delete"}`), gone);
    }
  });

  it("takes its images from the mirror", () => {
    const planned = plan({ change: { mirror: { images: "registry.example/mirror/" } } });
    assert.equal(at(objectOf(planned, "linstor"), "spec.repository"), "registry.example/mirror/piraeusdatastore");
    assert.equal(at(objectOf(plan(), "linstor"), "spec.repository"), undefined);
  });

  // A satellite on a machine without the module sees no ZFS at all, and its pool never comes (siderolabs/talos#9904).
  it("is refused on machines whose image does not carry what its pool or DRBD needs", () => {
    const on = (extensions: readonly string[], pool: object, own: Readonly<Record<string, readonly string[]>> = {}) =>
      planPlatform(
        parsed({ storage: { pool } }),
        {
          ...management,
          extensions,
          machines: Object.fromEntries(
            Object.entries(management.machines).map(([name, machine]) => [name, { ...machine, extensions: own[name] }]),
          ),
        },
        { lock: readChartLock(ROOT), vendored: () => "any" },
      );
    const lvm = { lvmThin: { volumeGroup: "data", thinPool: "thin" } };
    assert.doesNotThrow(() => on(["siderolabs/drbd"], lvm));
    assert.doesNotThrow(() => on(["siderolabs/drbd", "siderolabs/zfs"], { zfs: "tank" }));
    assert.throws(
      () => on(["siderolabs/drbd"], { zfs: "tank" }),
      /platform\.storage\.pool\.zfs: tank — needs the system extension siderolabs\/zfs .*the image of the machines does not have it; add it to extensions/,
    );
    assert.throws(() => on([], lvm), /platform\.components\.piraeus: enabled — needs .* siderolabs\/drbd/);
    // machines of a class have what their own image has; control planes keep no volumes beside workers
    assert.doesNotThrow(() => on([], lvm, Object.fromEntries(WORKERS.map((name) => [name, ["siderolabs/drbd"]]))));
    assert.throws(
      () => on(["siderolabs/drbd"], lvm, { "worker-2": ["siderolabs/amd-ucode"] }),
      /siderolabs\/drbd on machines that keep volumes, and the image of worker-2 does not have it/,
    );
    assert.doesNotThrow(() => on(["siderolabs/drbd"], lvm, { "cp-1": [] }));
  });
});

const WORKERS = ["worker-1", "worker-2", "worker-3"];
