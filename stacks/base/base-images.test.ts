import * as assert from "node:assert/strict";
import { imageUrls } from "../../components/talos/image/urls";
import { base } from "../../components/talos/settings.fixture";
import { run } from "../../test/support/registrations";
import { accept, baseContract } from "../contracts";
import { run as deployBase } from ".";

const image = { version: "v1.13.0", extensions: ["siderolabs/drbd", "siderolabs/zfs"] };
const gpu = { extensions: ["siderolabs/drbd", "siderolabs/nvidia-open-gpu-kernel-modules-lts"] };
const given = {
  ...base,
  talos: { version: "v1.13", installDisk: base.talos.installDisk, image, images: { gpu } },
  machines: { ...base.machines, "worker-1": { ...base.machines["worker-1"], image: "gpu" } },
};

const qualified = (stack: string) => `organization/firmament/${stack}`;
const deploy = (settings: object, before: Readonly<Record<string, unknown>> = {}) =>
  run(
    () =>
      deployBase({
        stack: { layer: "base", cloud: "berlin" },
        settings: { layer: "base", base: settings },
        qualified,
        root: ".",
      }),
    {
      stacks: { [qualified("base.berlin")]: before },
      call: (token) => (token.includes("client") ? { talosConfig: "text" } : { machineConfiguration: "text" }),
      state: (type) => (type.endsWith(":Kubeconfig") ? { kubeconfigRaw: "text" } : undefined),
    },
  );

describe("images in the program of the base layer", () => {
  it("publishes what the factory has of each image, and what each machine's image carries", async () => {
    const { outputs } = await deploy(given);
    // what only people read is no part of the contract
    const { talosVersions: _, configurations: __, ...terms } = outputs;
    const { images, extensions, machines, installer } = accept(baseContract, "base.berlin", terms);
    const choice = {
      factory: "factory.talos.dev",
      kernelArguments: [],
      secureBoot: false,
      architecture: "amd64",
    } as const;
    const [common, own] = [imageUrls({ ...choice, ...image }), imageUrls({ ...choice, ...image, ...gpu })];
    assert.deepEqual(images, { default: common, gpu: own });
    assert.deepEqual([installer, extensions], [common.installer, ["siderolabs/drbd"]]);
    const worker = machines["worker-1"];
    assert.deepEqual([worker?.installer, worker?.extensions], [own.installer, gpu.extensions]);
  });

  it("goes on from what it has published, and upgrades a machine to another image where Talos allows it", async () => {
    const { outputs } = await deploy(given);
    await deploy(given, outputs);
    const change = { ...given, talos: { ...given.talos, images: { gpu: { extensions: ["siderolabs/drbd"] } } } };
    await deploy(change, outputs);
    const image = { ...given.talos.image, version: "v1.15.0" };
    await assert.rejects(deploy({ ...given, talos: { ...given.talos, image } }, outputs), /v1\.15/);
  });
});
