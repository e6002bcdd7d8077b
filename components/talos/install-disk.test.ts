import * as assert from "node:assert/strict";
import { machinePatches } from "./machine-config";
import { machinesOf } from "./settings";
import { base, machine, settings } from "./settings.fixture";

const disks = (forAll: unknown, own?: unknown, tier = "production") => {
  const { installDisk: _, ...talos } = base.talos;
  return {
    tier,
    talos: { ...talos, ...(forAll === undefined ? {} : { installDisk: forAll }) },
    machines: {
      ...base.machines,
      ...(own === undefined ? {} : { "cp-1": { ...machine("controlplane", 11), installDisk: own } }),
    },
  };
};

/** `machine.install` of a machine. */
const install = (change: object, name: string) => {
  const cluster = settings(change);
  const found = machinesOf(cluster).find((each) => each.name === name) ?? assert.fail(name);
  const [first = ""] = machinePatches(cluster, found);
  return (JSON.parse(first) as { machine: { install: Record<string, unknown> } }).machine.install;
};

describe("the disk that Talos is installed to", () => {
  // The provider's configurations name /dev/sda (machinery 1.13.0).
  it("is found by a selector alone, of all machines or the machine's own", () => {
    const change = disks({ type: "ssd", size: ">= 100GB" }, { serial: "S5G8*" });
    const { disk, diskSelector } = install(change, "cp-1");
    assert.deepEqual([disk, diskSelector], [{ $patch: "delete" }, { serial: "S5G8*" }]);
    assert.deepEqual(install(change, "worker-1")["diskSelector"], { type: "ssd", size: ">= 100GB" });
  });

  it("is taken by a stable path in every tier, by a kernel's name in development", () => {
    for (const path of ["/dev/disk/by-id/wwn-0x5002538e4", "/dev/disk/by-path/pci-0000:00:17.0-ata-1"]) {
      assert.equal(install(disks(path), "cp-1")["disk"], path);
    }
    assert.equal(install(disks("/dev/sda", undefined, "development"), "cp-1")["disk"], "/dev/sda");
  });

  it("is never chosen silently: every machine without one is named", () => {
    assert.throws(
      () => settings(disks(undefined)),
      /^[^\n]*\n  base\.talos\.installDisk: missing — must be given[^\n]*$/,
    );
    assert.throws(
      () => settings(disks(undefined, { serial: "a" })),
      (error: Error) => {
        assert.doesNotMatch(error.message, /cp-1/);
        return /cp-2\.installDisk: missing/.test(error.message);
      },
    );
  });

  it("is named by what only one disk has in one machine", () => {
    assert.throws(
      () => settings(disks({ serial: "a" })),
      /^[^\n]*\n.*talos\.installDisk\.serial: a — must be of one disk;[^\n]*$/,
    );
    assert.throws(() => settings(disks({ wwid: "x" }, { wwid: "x" })), /talos\.installDisk\.wwid: x — .* that of cp-1/);
    assert.doesNotThrow(() => settings(disks({ serial: "a*" }, { serial: "b", wwid: "c" })));
  });

  // siderolabs/talos#4766, #9647: after the next boot it is another disk, and Talos is installed over data
  for (const name of ["/dev/sda", "/dev/nvme0n1", "/dev/vdb", "/dev/mmcblk0"]) {
    it(`is no ${name} in production`, () => {
      assert.throws(() => settings(disks(name)), /base\.talos\.installDisk: \/dev\/\w+ — must be a stable name/);
      assert.throws(() => settings(disks({ serial: "a" }, name)), /machines\.cp-1\.installDisk: .* — must be a stable/);
    });
  }

  const bad: Record<string, [disk: unknown, message: RegExp]> = {
    "no path of a device": ["sda", /installDisk: "sda" — must be a path below \/dev, or a selector/],
    "a selector of nothing": [{}, /installDisk: \{\} — must name a property of the disk/],
    "an empty serial number": [{ serial: " " }, /installDisk\.serial: " " — must not be empty/],
    "a size without unit": [{ size: "100" }, /installDisk\.size: "100" — must be a size with a unit/],
    // Talos reads sizes into 64 bits and refuses the configuration (machinery 1.13.0)
    "a size that is no disk's": [{ size: "> 999999PB" }, /installDisk\.size: .* — must be a size with a unit/],
    "a size that is compared wrongly": [{ size: "=> 100GB" }, /installDisk\.size: .* — must be a size with a unit/],
    "a type that Talos does not know": [{ type: "optane" }, /installDisk.* — must be /],
    "a property that Talos does not look for": [{ name: "sda" }, /installDisk\.name: unknown key — /],
    "a number": [12, /installDisk: 12 — must be a path like \/dev\/disk\/by-id/],
  };
  for (const [what, [disk, message]] of Object.entries(bad)) {
    it(`is not ${what}`, () => assert.throws(() => settings(disks(disk)), { name: "InvalidInput", message }));
  }
});
