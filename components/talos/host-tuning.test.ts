import * as assert from "node:assert/strict";
import { machinePatches } from "./machine-config";
import { machinesOf } from "./settings";
import { base, settings } from "./settings.fixture";

interface Document {
  readonly kind?: string;
  readonly machine?: { readonly sysctls: Readonly<Record<string, string>> };
}

const patches = (talos: object, name = "cp-1", own: object = {}) => {
  const worker = { ...base.machines["worker-1"], ...own };
  const cluster = settings({ talos: { ...base.talos, ...talos }, machines: { ...base.machines, "worker-1": worker } });
  const machine = machinesOf(cluster).find((each) => each.name === name) ?? assert.fail(name);
  return machinePatches(cluster, machine).map((text) => JSON.parse(text) as Document);
};
const pages = (talos: object, name?: string, own?: object) =>
  patches(talos, name, own)[0]?.machine?.sysctls["vm.nr_hugepages"];
const document = (talos: object, kind: string) => patches(talos).find((each) => each.kind === kind);

describe("hosts of virtual machines", () => {
  it("set huge pages aside where it is wanted, a machine its own number", () => {
    assert.equal(pages({}), undefined);
    assert.equal(pages({ hugePages: 1024 }), "1024");
    assert.equal(pages({ hugePages: 1024 }, "worker-1", { hugePages: 4096 }), "4096");
    assert.equal(pages({}, "cp-1", { hugePages: 4096 }), undefined);
  });

  it("have a watchdog and send their kernel's log where it is wanted", () => {
    assert.equal(document({}, "WatchdogTimerConfig") ?? document({}, "KmsgLogConfig"), undefined);
    assert.deepEqual(document({ watchdog: {} }, "WatchdogTimerConfig"), {
      apiVersion: "v1alpha1",
      kind: "WatchdogTimerConfig",
      device: "/dev/watchdog0",
      timeout: "60s",
    });
    assert.deepEqual(document({ kernelLog: "udp://192.0.2.40:514" }, "KmsgLogConfig"), {
      apiVersion: "v1alpha1",
      kind: "KmsgLogConfig",
      name: "kernel-log",
      url: "udp://192.0.2.40:514",
    });
  });

  const bad: Record<string, [talos: object, message: RegExp]> = {
    "no huge page": [{ hugePages: 0 }, /base\.talos\.hugePages: 0 — must be a whole number/],
    "a watchdog that is no device": [{ watchdog: { device: "/dev/sda" } }, /watchdog\.device: .* — must be a device/],
    "a watchdog without patience": [{ watchdog: { timeout: 5 } }, /watchdog\.timeout: 5 — must be a whole number/],
    "a log without port": [{ kernelLog: "tcp://192.0.2.40" }, /talos\.kernelLog: .* — must be a URL like tcp/],
    "a log that is encrypted": [{ kernelLog: "tls://192.0.2.40:6051" }, /talos\.kernelLog: .* — must be a URL like/],
  };
  for (const [what, [talos, message]] of Object.entries(bad)) {
    it(`are refused with ${what}`, () => assert.throws(() => patches(talos), { name: "InvalidInput", message }));
  }
});
