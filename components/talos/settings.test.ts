import * as assert from "node:assert/strict";
import { KubernetesVersion } from "../core/version";
import { parseBaseSettings } from "./parse";
import { base, machine } from "./settings.fixture";

const parse = (change: object, deployed?: string) =>
  parseBaseSettings(
    { layer: "base", base: { ...base, ...change } },
    deployed === undefined ? undefined : KubernetesVersion.parse(deployed),
  );
const machines = (change: object) => ({ machines: { ...base.machines, ...change } });

/** Installer of the image factory for a schematic. */
const factory = (schematic: string) => `factory.talos.dev/metal-installer/${schematic}:v1.13.0`;
const DRBD_AND_ZFS = "98442b5bb4e8d050f30978ce3e6ec22e7bf534d57cafcd51313235128057e612";

const bad: Record<string, [change: object, message: RegExp]> = {
  "an unknown key": [{ podCIDR: "10.0.0.0/8" }, /base\.podCIDR: unknown key — .*correct its spelling/],
  "an unknown key of a machine": [machines({ "cp-1": { ...machine("controlplane", 11), disk: "x" } }), /cp-1\.disk/],
  "two machines with one address": [
    machines({ "worker-1": machine("worker", 11) }),
    /worker-1\.address: 192\.0\.2\.11 — must be the machine's own; cp-1 has it/,
  ],
  "a machine outside the node network": [
    machines({ "worker-1": { role: "worker", address: "203.0.113.1" } }),
    /worker-1\.address: 203\.0\.113\.1 — must lie in base\.network\.nodeCidrs/,
  ],
  "no control plane": [{ machines: { "worker-1": machine("worker", 21) } }, /base\.machines: no control plane — /],
  "an even number of control planes": [
    machines({ "cp-4": machine("controlplane", 14) }),
    /4 control planes — must be an odd number/,
  ],
  "a single control plane in production": [
    { machines: { "cp-1": machine("controlplane", 11) } },
    /1 control plane — a production cloud.*tier to development/,
  ],
  "pods in the network of the services": [
    { network: { ...base.network, podCidrs: ["10.96.128.0/17"] } },
    /serviceCidrs\.0: 10\.96\.0\.0\/16 — must not overlap base\.network\.podCidrs\.0 10\.96\.128\.0\/17/,
  ],
  "pods in the network of the machines": [
    { network: { ...base.network, podCidrs: ["192.0.0.0/16"] } },
    /podCidrs\.0: 192\.0\.0\.0\/16 — must not overlap base\.network\.nodeCidrs\.0/,
  ],
  "a version that is too old": [{ kubernetesVersion: "v1.25.0" }, /v1\.25\.0 — must be v1\.32 to v1\.36/],
  "a version that is no version": [{ kubernetesVersion: "1.34" }, /"1\.34" — must be a Kubernetes version like/],
  "extensions that the named image does not have": [
    { talos: { ...base.talos, installer: factory(DRBD_AND_ZFS) } },
    /talos\.extensions: siderolabs\/drbd — must be what base\.talos\.installer carries: siderolabs\/drbd, siderolabs\/zfs/,
  ],
  "no word about extensions": [
    { talos: { version: "v1.13", installer: factory(DRBD_AND_ZFS) } },
    /talos\.extensions: missing — must be a list/,
  ],
  "an endpoint without https": [
    { endpoint: "http://192.0.2.10" },
    /endpoint: "http:\/\/192\.0\.2\.10" — must be a URL/,
  ],
};

describe("the settings of a base stack", () => {
  it("are accepted when they are right", () => {
    assert.equal(String(parse({}).network.podCidrs[0]), "100.65.0.0/16");
  });

  it("know what the usual images of the factory carry", () => {
    const extensions = ["siderolabs/zfs", "siderolabs/drbd"];
    assert.doesNotThrow(() => parse({ talos: { ...base.talos, installer: factory(DRBD_AND_ZFS), extensions } }));
    assert.doesNotThrow(() => parse({ talos: { ...base.talos, installer: factory("ab".repeat(32)), extensions } }));
  });

  for (const [what, [change, message]] of Object.entries(bad)) {
    it(`are refused for ${what}`, () => assert.throws(() => parse(change), { name: "InvalidInput", message }));
  }

  it("are refused with all their problems at once", () => {
    const change = { kubernetesVersion: "v1.20.0", ...machines({ "cp-4": machine("controlplane", 11) }) };
    assert.throws(() => parse(change), /kubernetesVersion[^]*even|kubernetesVersion[^]*odd[^]*cp-4\.address/);
  });

  it("may raise one minor, never skip one or go back", () => {
    assert.doesNotThrow(() => parse({ kubernetesVersion: "v1.35.0" }, "v1.34.4"));
    assert.throws(
      () => parse({ kubernetesVersion: "v1.36.0" }, "v1.34.4"),
      /must not skip a minor; v1\.34\.4.*go to v1\.35/,
    );
    assert.throws(() => parse({ kubernetesVersion: "v1.34.1" }, "v1.34.4"), /must not go back/);
  });

  it("of another layer are refused", () => {
    assert.throws(() => parseBaseSettings({ layer: "tenant", base }), /layer: "tenant"/);
  });
});
