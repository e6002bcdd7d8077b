import * as assert from "node:assert/strict";
import { run as deployBase } from ".";
import { base, machine } from "../../components/talos/settings.fixture";
import { only, run, UNKNOWN } from "../../test/support/registrations";

const qualified = (stack: string) => `organization/firmament/${stack}`;

/** The program of the fixture with a change, over what the last deployment published. */
const deploy = (change: object = {}, published: object = {}, preview = false) =>
  run(
    () =>
      deployBase({
        stack: { layer: "base", cloud: "berlin" },
        settings: { layer: "base", base: { ...base, ...change } },
        qualified,
        root: "",
      }),
    {
      preview,
      stacks: { [qualified("base.berlin")]: { ...published } },
      call: () => ({ talosConfig: "text", machineConfiguration: "text" }),
      state: (type, name) =>
        type === "command:local:Command" && name === "berlin-cp-2-prepared"
          ? { stdout: `installer ${base.talos.installer}\nruns v1.12.5` }
          : undefined,
    },
  );
const machinesIn = (outputs: Readonly<Record<string, unknown>>) => outputs["machines"] as Record<string, object>;

describe("the program of a base stack", () => {
  it("publishes what the next deployment has to know of each machine", async () => {
    const { outputs } = await deploy();
    const [first] = Object.entries(machinesIn(outputs));
    assert.equal(first?.[0], "cp-1");
    const { installer, extensions } = base.talos;
    assert.deepEqual(first[1], { role: "controlplane", address: "192.0.2.11", installer, extensions });
    const configurations = outputs["configurations"] as Record<string, Record<string, string>>;
    assert.match(configurations["cp-1"]?.["machine.install"] ?? "", /^[0-9a-f]{12}$/);
  });

  it("publishes the version that a machine reports, and of one that has not yet that of its installer", async () => {
    const { outputs } = await deploy();
    const versions = outputs["talosVersions"] as Record<string, string>;
    assert.deepEqual([versions["cp-1"], versions["cp-2"]], ["v1.13.0", "v1.12.5"]);
  });

  it("makes a machine leave that the last deployment had, and keeps it published until it has left", async () => {
    const { outputs: before } = await deploy({ machines: { ...base.machines, "worker-9": machine("worker", 29) } });
    const { resources, outputs } = await deploy({}, before);
    const departure = only(resources, "command:local:Command", "berlin-worker-9-leaves");
    const { MACHINE, ADDRESS, VIA, LOST } = departure.inputs["environment"] as Record<string, string>;
    assert.deepEqual([MACHINE, ADDRESS, VIA, LOST], ["worker-9", "192.0.2.29", "cp-1", "false"]);
    assert.deepEqual(Object.keys(machinesIn(outputs)).sort(), Object.keys(base.machines).sort());
    // a deployment that does not get there publishes nothing: the last list stays
    const preview = await deploy({}, before, true);
    assert.equal(preview.outputs["machines"], UNKNOWN, "not known before it has left");
  });
});
