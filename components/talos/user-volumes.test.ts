import * as assert from "node:assert/strict";
import { machinePatches } from "./machine-config";
import { machinesOf } from "./settings";
import { base, settings } from "./settings.fixture";
import { bytesOf } from "./user-volumes";

const DATA = { disk: { type: "nvme" }, minSize: "100GiB" };

const given = (userVolumes: object, own: object = {}, talos: object = {}) => ({
  talos: { ...base.talos, ...talos, userVolumes },
  machines: { ...base.machines, "worker-1": { ...base.machines["worker-1"], userVolumes: own } },
});

const volumes = (change: object, name: string) => {
  const cluster = settings(change);
  const machine = machinesOf(cluster).find((each) => each.name === name) ?? assert.fail(name);
  return machinePatches(cluster, machine)
    .map((text) => JSON.parse(text) as Record<string, unknown>)
    .filter(({ kind }) => kind === "UserVolumeConfig");
};

const ANY = '!system_disk && disk.transport != "" && !disk.readonly && !disk.cdrom';

describe("user volumes", () => {
  it("are on a disk that the selector means, and never on the system disk", () => {
    const disk = { model: 'a"b\\*', serial: "S5*", size: "> 1.5TB", type: "hdd", busPath: "/pci*" };
    assert.deepEqual(volumes(given({ data: { disk, minSize: "1GB", maxSize: "2TiB", filesystem: "ext4" } }), "cp-1"), [
      {
        apiVersion: "v1alpha1",
        kind: "UserVolumeConfig",
        name: "data",
        provisioning: {
          diskSelector: {
            match:
              `${ANY} && glob("S5*", disk.serial) && glob("a\\"b\\\\*", disk.model) && glob("/pci*", disk.bus_path)` +
              " && disk.size > 1500000000000u && disk.rotational",
          },
          minSize: "1GB",
          maxSize: "2TiB",
        },
        filesystem: { type: "ext4" },
      },
    ]);
  });

  it("of a machine stand beside those of all machines, or instead of one", () => {
    const own = { data: { disk: { serial: "X" }, maxSize: "10GB" }, more: DATA };
    const made = volumes(given({ data: DATA }, own), "worker-1");
    assert.deepEqual(
      made.map(({ name }) => name),
      ["data", "more"],
    );
    assert.match(JSON.stringify(made[0]), /disk\.serial.*"maxSize":"10GB"/);
    assert.equal(volumes(given({ data: DATA }, own), "cp-1").length, 1);
  });

  it("are encrypted as the system disk is, and open only beside its STATE", () => {
    const [sealed] = volumes(given({ data: DATA }, {}, { diskEncryption: "tpm" }), "cp-1");
    const key = { slot: 0, tpm: { checkSecurebootStatusOnEnroll: true }, lockToState: true };
    assert.deepEqual(sealed?.["encryption"], { provider: "luks2", keys: [key] });
    const kms = { diskEncryption: { kms: "https://kms.example:4050" } };
    assert.match(JSON.stringify(volumes(given({ data: DATA }, {}, kms), "cp-1")), /"endpoint":"https:\/\/kms\.example/);
    assert.doesNotMatch(JSON.stringify(volumes(given({ data: DATA }), "cp-1")), /luks2/);
  });

  it("compare sizes with units of 1000 and of 1024", () => {
    const sizes = { "480GB": 480e9, "1.5TB": 1.5e12, "512MiB": 512 * 2 ** 20, "10 kB": 1e4, "2TiB": 2 * 2 ** 40 };
    for (const [text, bytes] of Object.entries(sizes)) assert.equal(bytesOf(text), bytes);
  });

  const bad: Record<string, [change: object, message: RegExp]> = {
    "no size": [
      given({ data: { disk: { type: "ssd" } } }),
      /base\.talos\.userVolumes\.data: no size — must have minSize/,
    ],
    "more room than there may be": [
      given({}, { data: { ...DATA, maxSize: "100GB" } }),
      /machines\.worker-1\.userVolumes\.data\.minSize: 100GiB — must be at most maxSize, which is 100GB/,
    ],
    "any disk": [given({ data: { ...DATA, disk: {} } }), /userVolumes\.data\.disk: .* — must name a property/],
    "a path": [given({ data: { ...DATA, disk: "/dev/sdb" } }), /userVolumes\.data\.disk: "\/dev\/sdb" — must be a map/],
    "a share of the disk": [
      given({ data: { ...DATA, maxSize: "50%" } }),
      /maxSize: "50%" — must be a size with a unit/,
    ],
    "a name that no mount point has": [given({ "a/b": DATA }), /userVolumes.*a\/b — must be the name of a volume/],
    "a file system that Talos does not make": [
      given({ data: { ...DATA, filesystem: "btrfs" } }),
      /filesystem: "btrfs" — must be xfs or ext4/,
    ],
  };
  for (const [what, [change, message]] of Object.entries(bad)) {
    it(`are refused with ${what}`, () => assert.throws(() => settings(change), { name: "InvalidInput", message }));
  }
});
