import * as assert from "node:assert/strict";
import { describe as describeProblem } from "../core/problem";
import { readDeployed } from "./deployed";
import { parseBaseSettings } from "./parse";
import { leavingMachines, lostNotices } from "./removed-machines";
import { base, machine, settings } from "./settings.fixture";

const five = {
  ...base.machines,
  "cp-4": machine("controlplane", 14),
  "cp-5": machine("controlplane", 15),
};

const parse = (change: object, machines: object = five) =>
  parseBaseSettings({ layer: "base", base: { ...base, ...change } }, readDeployed({ machines }));
const leaving = (change: object, machines: object = five) =>
  leavingMachines(parse(change, machines), readDeployed({ machines }).machines);

/*
 * siderolabs/terraform-provider-talos 0.11, #216 and #133: the deletion of a ConfigurationApply does nothing to the machine,
 * which stays a member of etcd. From five control planes to three, etcd kept five members of which two nobody knew.
 */
describe("machines that are taken out of a cloud", () => {
  it("leave, workers first, by way of a control plane that was there before", () => {
    const workers = {
      "worker-8": machine("worker", 28),
      "worker-9": { ...machine("worker", 29), endpoint: "tunnel:5000" },
    };
    const machines = { ...base.machines, "cp-0": machine("controlplane", 16), "cp-9": machine("controlplane", 19) };
    const found = leaving({ machines }, { ...five, ...workers });
    assert.deepEqual(
      found.map(({ name, via, lost }) => [name, via, lost]),
      [
        ["worker-8", "cp-1", false],
        ["worker-9", "cp-1", false],
        ["cp-4", "cp-1", false],
        ["cp-5", "cp-1", false],
      ],
    );
    assert.equal(found[1]?.endpoint, "tunnel:5000");
    assert.deepEqual(leaving({}, base.machines), []);
  });

  it("are said to be lost where they cannot leave, and the list may stay", () => {
    assert.deepEqual(
      leaving({ lostMachines: ["cp-4"] }).map(({ name, lost }) => [name, lost]),
      [
        ["cp-4", true],
        ["cp-5", false],
      ],
    );
    assert.doesNotThrow(() => parse({ lostMachines: ["cp-4", "cp-5"] }, base.machines));
  });

  it("may all be replaced but one, for those that are new join before", () => {
    const [, ...others] = Object.keys(base.machines).filter((name) => name.startsWith("cp-"));
    const kept = Object.fromEntries(Object.entries(base.machines).filter(([name]) => !others.includes(name)));
    const fresh = { "cp-7": machine("controlplane", 17), "cp-8": machine("controlplane", 18) };
    assert.doesNotThrow(() => parse({ machines: { ...kept, ...fresh } }, base.machines));
    const { "cp-1": _, ...none } = kept;
    const all = { ...none, ...fresh, "cp-9": machine("controlplane", 19) };
    assert.throws(
      () => parse({ machines: all }, base.machines),
      /base\.machines: all 3 control planes taken out — one of them must stay, .*; take out all but one, deploy/,
    );
  });

  // after a recovery of etcd from a snapshot: until they are taken out, no other machine can be changed
  it("may be most control planes where these are lost", () => {
    const { "cp-2": _, "cp-3": __, ...alive } = base.machines;
    const machines = { ...alive, "cp-7": machine("controlplane", 17), "cp-8": machine("controlplane", 18) };
    assert.doesNotThrow(() => parse({ machines, lostMachines: ["cp-2", "cp-3"] }, base.machines));
  });

  it("are named where they are listed as lost and nobody knows them", () => {
    const { "cp-2": _, ...alive } = { ...base.machines, "cp-7": machine("controlplane", 17) };
    const notices = (lostMachines: readonly string[], deployed?: object) =>
      lostNotices(
        settings({ lostMachines, machines: { ...alive } }),
        deployed === undefined ? undefined : readDeployed({ machines: deployed }).machines,
      ).map(describeProblem);
    assert.deepEqual(notices(["cp-2", "cp2"], base.machines), [
      "  base.lostMachines.1: cp2 — is no machine of the last deployment; take it out, or correct its spelling",
    ]);
    assert.deepEqual(notices(["cp2"]), []);
  });

  it("are not listed as lost while they are there", () => {
    assert.throws(
      () => parse({ lostMachines: ["worker-1"] }, base.machines),
      /base\.lostMachines\.0: worker-1 — is in base\.machines too/,
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
