import * as assert from "node:assert/strict";
import { machinePatches } from "../machine-config";
import { parseBaseSettings } from "../parse";
import { type BaseSettings, machinesOf } from "../settings";
import { base } from "../settings.fixture";
import { commonExtensions, publishedImages } from "./classes";
import { schematicId, schematicText } from "./schematic";
import { imageUrls } from "./urls";

const image = { version: "v1.13.0", extensions: ["siderolabs/zfs", "siderolabs/drbd"], secureBoot: true };
const { installDisk, version } = base.talos;

const withImage = (change: object = {}, talos: object = {}, others: object = {}): object => ({
  ...base,
  talos: { version, installDisk, image: { ...image, ...change }, ...talos },
  ...others,
});
const parse = (given: object, deployed = {}): BaseSettings =>
  parseBaseSettings({ layer: "base", base: given }, deployed);
const ofClass = (name: string): object => ({
  machines: { ...base.machines, "worker-1": { ...base.machines["worker-1"], image: name } },
});

// computed by image-factory 1.3.3; [drbd, zfs] and [zfs, drbd] are not the same to it
const NOTHING = "376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba";
const DRBD_ZFS = "98442b5bb4e8d050f30978ce3e6ec22e7bf534d57cafcd51313235128057e612";
const ZFS_DRBD = "831d63f6f125345f9ae33790d066aa39cd8afedf0ea436e2cb6be1af164e96b5";

const bad: Record<string, [given: object, message: RegExp]> = {
  "no image at all": [
    { ...base, talos: { version } },
    /base\.talos: no image — the image .* must be given in one of two ways/,
  ],
  "an image in both ways": [
    withImage({}, { installer: base.talos.installer, extensions: [] }),
    /base\.talos: image, installer, extensions — .*in one of two ways/,
  ],
  "an image and extensions beside it": [withImage({}, { extensions: [] }), /base\.talos: image, extensions — /],
  "an installer without its extensions": [
    { ...base, talos: { version, installer: base.talos.installer } },
    /base\.talos: installer — .*both installer and extensions/,
  ],
  "classes of an installer": [
    { ...base, talos: { ...base.talos, images: { gpu: {} } }, ...ofClass("gpu") },
    /base\.talos\.images: gpu — says how classes differ from base\.talos\.image, which is not there/,
  ],
  "a class that is not there": [
    withImage(
      {},
      { images: { gpu: {} } },
      { machines: { ...base.machines, "worker-1": { ...base.machines["worker-1"], image: "gpus" } } },
    ),
    /machines\.worker-1\.image: gpus — must be a class of base\.talos\.images; choose one of gpu/,
  ],
  "a class of no machine": [
    withImage({}, { images: { gpu: {} } }),
    /talos\.images: gpu — must be the image of a machine/,
  ],
  "a class by the name of none": [
    withImage({}, { images: { default: {} } }, ofClass("default")),
    /talos\.images: default — is the name of base\.talos\.image itself/,
  ],
  "an extension of no factory": [
    withImage({ extensions: ["drbd"] }),
    /image\.extensions\.0: "drbd" — must be an extension like/,
  ],
  "an extension twice": [
    withImage({ extensions: ["siderolabs/drbd", "siderolabs/drbd"] }),
    /base\.talos\.image\.extensions: siderolabs\/drbd — must be there once/,
  ],
  "an extension of an installer twice": [
    { ...base, talos: { ...base.talos, extensions: ["siderolabs/drbd", "siderolabs/drbd"] } },
    /base\.talos\.extensions: siderolabs\/drbd — must be there once/,
  ],
  "two kernel arguments in one": [
    withImage({ kernelArguments: ["quiet splash"] }),
    /kernelArguments\.0: "quiet splash" — must be one kernel argument/,
  ],
  "a quote in a kernel argument": [withImage({ kernelArguments: ['dyndbg="file x"'] }), /must be one kernel argument/],
  "a variable in a kernel argument": [withImage({ kernelArguments: ["a=${mac}"] }), /must be one kernel argument/],
  "a kernel argument twice": [
    withImage({ kernelArguments: ["quiet", "quiet"] }),
    /image\.kernelArguments: quiet — must be there once/,
  ],
  "another platform": [
    withImage({ kernelArguments: ["talos.platform=nocloud"] }),
    /talos\.platform=nocloud — machines are bare metal/,
  ],
  "a configuration from elsewhere": [
    withImage({ kernelArguments: ["talos.config=https://config.example"] }),
    /talos\.config=https:\/\/config\.example — the program configures the machines/,
  ],
  "a kernel that Talos does not start with": [
    withImage({ kernelArguments: ["-slab_nomerge"] }),
    /-slab_nomerge — Talos does not start without slab_nomerge and pti=on/,
  ],
  "page tables of the kernel for everybody": [
    withImage({ kernelArguments: ["pti=off"] }),
    /pti=off — Talos does not start/,
  ],
  "a weak kernel in production": [
    withImage({ kernelArguments: ["mitigations=off"] }),
    /mitigations=off — processes can read each other .*no production cloud/,
  ],
  "GRUB with Secure Boot": [
    withImage({ bootloader: "grub" }),
    /image\.bootloader: grub — Secure Boot is systemd-boot's/,
  ],
  "a TPM without Secure Boot": [
    withImage({ secureBoot: false }, { diskEncryption: "tpm" }),
    /base\.talos\.image\.secureBoot: false — the TPM seals disk keys \(base\.talos\.diskEncryption\) with Secure Boot only/,
  ],
  "a class without Secure Boot beside a TPM": [
    withImage({}, { diskEncryption: "tpm", images: { old: { secureBoot: false } } }, ofClass("old")),
    /base\.talos\.images\.old\.secureBoot: false — the TPM/,
  ],
  "an installer without Secure Boot beside a TPM": [
    {
      ...base,
      talos: {
        ...base.talos,
        installer: `factory.example/metal-installer/${"ab".repeat(32)}:v1.13.0`,
        diskEncryption: "tpm",
      },
    },
    /base\.talos\.installer: factory\.example.* — the TPM .*name the installer with -secureboot/,
  ],
  "an image older than the contract": [
    withImage({ version: "v1.12.4" }),
    /talos\.version: v1\.13 — must not be newer than the installer, which is v1\.12/,
  ],
  "a class older than the contract": [
    withImage({}, { images: { old: { version: "v1.12.4" } } }, ofClass("old")),
    /talos\.version: v1\.13 — must not be newer than the installer of old, which is v1\.12/,
  ],
  "a class for another Kubernetes": [
    withImage({}, { images: { next: { version: "v1.14.0" } } }, { ...ofClass("next"), kubernetesVersion: "v1.31.0" }),
    /kubernetesVersion/,
  ],
  "a version that is a minor": [
    withImage({ version: "v1.13" }),
    /image\.version: "v1\.13" — must be a release of Talos/,
  ],
  "a factory by its URL": [
    withImage({ factory: "https://factory.example" }),
    /image\.factory: .* — must be host or host:port/,
  ],
};

describe("images of machines", () => {
  for (const [label, [given, message]] of Object.entries(bad)) {
    it(`are refused: ${label}`, () => {
      assert.throws(() => parse(given), message);
    });
  }

  it("have the schematic's id that the factory gives", () => {
    assert.equal(schematicText({}), "customization: {}\n");
    assert.equal(schematicId({}), NOTHING);
    assert.equal(schematicId({ extensions: [], kernelArguments: [] }), NOTHING);
    assert.equal(schematicId({ extensions: ["siderolabs/drbd", "siderolabs/zfs"] }), DRBD_ZFS);
    assert.equal(schematicId({ extensions: ["siderolabs/zfs", "siderolabs/drbd"] }), ZFS_DRBD);
  });

  it("are the same in whatever order the extensions stand", () => {
    const settings = parse(withImage());
    const installer = `factory.talos.dev/metal-installer-secureboot/${DRBD_ZFS}:v1.13.0`;
    assert.equal(publishedImages(settings)["default"]?.["installer"], installer);
    for (const machine of machinesOf(settings))
      assert.match(machinePatches(settings, machine)[0] ?? "", new RegExp(`"image":"${installer}"`));
  });

  it("of classes differ in what the class says, and in nothing else", () => {
    const gpu = { extensions: ["siderolabs/drbd", "siderolabs/nvidia-open-gpu-kernel-modules-lts"] };
    const settings = parse(withImage({ kernelArguments: ["console=ttyS0"] }, { images: { gpu } }, ofClass("gpu")));
    const { default: common, gpu: own } = publishedImages(settings);
    const id = schematicId({ extensions: gpu.extensions, kernelArguments: ["console=ttyS0"] });
    assert.deepEqual(Object.keys(own ?? {}), Object.keys(common ?? {}));
    assert.equal(own?.["installer"], `factory.talos.dev/metal-installer-secureboot/${id}:v1.13.0`);
    assert.deepEqual(commonExtensions(settings), ["siderolabs/drbd"]);
    const loaded = (name: string) =>
      machinesOf(settings)
        .filter((machine) => machine.name === name)
        .flatMap((machine) => (JSON.parse(machinePatches(settings, machine)[0] ?? "") as Patch).machine.kernel.modules)
        .map((module) => module.name);
    // what an image does not have is not loaded, and nothing that it has is forgotten
    assert.deepEqual(loaded("cp-1"), ["openvswitch", "dm-thin-pool", "drbd", "drbd_transport_tcp", "zfs"]);
    assert.deepEqual(loaded("worker-1"), ["openvswitch", "dm-thin-pool", "drbd", "drbd_transport_tcp"]);
  });

  it("are published for those who boot machines from them", () => {
    const choice = { ...image, factory: "factory.example:8443", kernelArguments: [], architecture: "arm64" } as const;
    const asset = `https://factory.example:8443/image/${DRBD_ZFS}/v1.13.0`;
    assert.deepEqual(imageUrls({ ...choice, secureBoot: false }), {
      schematic: DRBD_ZFS,
      installer: `factory.example:8443/metal-installer/${DRBD_ZFS}:v1.13.0`,
      iso: `${asset}/metal-arm64.iso`,
      diskImage: `${asset}/metal-arm64.raw.zst`,
      pxe: `https://factory.example:8443/pxe/${DRBD_ZFS}/v1.13.0/metal-arm64`,
      kernel: `${asset}/kernel-arm64`,
      initramfs: `${asset}/initramfs-arm64.xz`,
      kernelCommandLine: `${asset}/cmdline-metal-arm64`,
    });
    assert.equal(imageUrls(choice).uki, `${asset}/metal-arm64-secureboot-uki.efi`);
    assert.match(
      imageUrls({ ...choice, factory: "factory.talos.dev" }).pxe,
      /^https:\/\/pxe\.factory\.talos\.dev\/pxe\//,
    );
  });

  it("of machines that run are changed by an upgrade that Talos allows, class by class, and new machines have any", () => {
    const before = publishedImages(parse(withImage()))["default"]?.["installer"] ?? "";
    const running = (machines: Record<string, object>) => ({ machines: machines as never, installer: before });
    const machine = { role: "worker", address: "192.0.2.21" };
    const given = withImage({}, { images: { gpu: { extensions: ["siderolabs/drbd"] } } }, ofClass("gpu"));
    assert.doesNotThrow(() => parse(given, running({ "worker-1": { ...machine, installer: before } })));
    const old = before.replace("v1.13.0", "v1.10.2");
    assert.throws(
      () => parse(given, running({ "worker-1": { ...machine, installer: old } })),
      /base\.talos\.images\.gpu: factory.* — Talos v1\.13 is installed over v1\.11 .*; v1\.10 is deployed; upgrade to v1\.11/,
    );
    // a stack of before classes says one installer for all
    assert.throws(
      () => parse(given, { ...running({ "worker-1": machine }), installer: old }),
      /base\.talos\.images\.gpu: .*v1\.10 is deployed/,
    );
    assert.doesNotThrow(() => parse(given, { ...running({}), installer: old }));
  });
});

interface Patch {
  readonly machine: { readonly kernel: { readonly modules: readonly { readonly name: string }[] } };
}
