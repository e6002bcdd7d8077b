import * as assert from "node:assert/strict";
import { readDeployed } from "./deployed";
import { parseBaseSettings } from "./parse";
import { base, machine } from "./settings.fixture";

const five = {
  ...base.machines,
  "cp-4": machine("controlplane", 14),
  "cp-5": machine("controlplane", 15),
};
const { "worker-1": _, ...controlPlanes } = base.machines;

const parse = (change: object, machines: object = five) =>
  parseBaseSettings({ layer: "base", base: { ...base, ...change } }, readDeployed({ machines }));

/*
 * siderolabs/terraform-provider-talos 0.11, #216 and #133: the deletion of a ConfigurationApply does nothing to the machine,
 * which stays a member of etcd. From five control planes to three, etcd kept five members of which two nobody knew.
 */
describe("machines that are taken out of a cloud", () => {
  it("are refused while they are in the cluster, each with what makes it leave", () => {
    assert.throws(
      () => parse({}),
      (error: Error) => {
        for (const [name, address] of [
          ["cp-4", "192.0.2.14"],
          ["cp-5", "192.0.2.15"],
        ] as const) {
          assert.ok(error.message.includes(`base.machines.${name}: taken out — the machine at ${address} is still in`));
          assert.ok(error.message.includes(`talosctl --nodes ${address} reset --graceful`), error.message);
          assert.ok(error.message.includes(`kubectl delete node ${name}`));
        }
        return /a member of etcd/.test(error.message);
      },
    );
  });

  it("are accepted when they have left, and the list may stay", () => {
    assert.doesNotThrow(() => parse({ removedMachines: ["cp-4", "cp-5"] }));
    assert.doesNotThrow(() => parse({ removedMachines: ["cp-4", "cp-5"] }, base.machines));
  });

  it("leave a majority of control planes behind", () => {
    const change = {
      machines: { "cp-1": base.machines["cp-1"] },
      tier: "development",
      removedMachines: ["cp-2", "cp-3"],
    };
    assert.throws(
      () => parse(change, controlPlanes),
      /base\.machines: 1 of 3 control planes stay — must be a majority: etcd stops without it; take out fewer at once/,
    );
  });

  it("may be replaced by one of another name", () => {
    const { "cp-2": dead, ...alive } = base.machines;
    const machines = { ...alive, "cp-4": { ...dead, address: "192.0.2.14" } };
    assert.doesNotThrow(() => parse({ machines, removedMachines: ["cp-2"] }, base.machines));
  });

  it("are not listed as removed while they are there", () => {
    assert.throws(
      () => parse({ removedMachines: ["worker-1"] }, base.machines),
      /base\.removedMachines\.0: worker-1 — is in base\.machines too/,
    );
  });

  it("are not hidden by another address or role under the same name", () => {
    const machines = { ...base.machines, "worker-1": machine("worker", 29) };
    assert.throws(
      () => parse({ machines }, base.machines),
      /base\.machines\.worker-1\.address: 192\.0\.2\.29 — is fixed while the machine is in the cluster; 192\.0\.2\.21 is deployed/,
    );
    const deployed = { ...base.machines, "worker-1": machine("controlplane", 21) };
    assert.throws(() => parse({}, deployed), /base\.machines\.worker-1\.role: worker — is fixed/);
  });
});
