import * as assert from "node:assert/strict";
import { run as deployBase } from ".";
import { base, machine } from "../../components/talos/settings.fixture";
import { only, run, type World } from "../../test/support/registrations";

const qualified = (stack: string) => `organization/firmament/${stack}`;

/** What commands say when they have run. */
function said(name: string) {
  if (name === "berlin-cp-2-prepared") return { stdout: `installer ${base.talos.installer}\nruns v1.12.5` };
  return name.endsWith("-leaves") ? { stdout: "left" } : undefined;
}

/** The program of the fixture with a change, over what the last deployment published. */
const deploy = (
  change: object = {},
  published: object = {},
  { preview = false, state = () => undefined }: { preview?: boolean; state?: NonNullable<World["state"]> } = {},
) =>
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
      state: (type, name, inputs) => state(type, name, inputs) ?? said(name),
    },
  );
const access = { caCertificate: "ca", clientCertificate: "crt", clientKey: "key" };
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

  // the outputs are those of the last deployment that came to its end: machines "joined", and were "upgraded", again
  it("previews no change of machines that an interrupted deployment has changed already", async () => {
    const machines = { ...base.machines, "worker-2": machine("worker", 22) };
    const before = { ...base.machines, "worker-8": machine("worker", 28), "worker-9": machine("worker", 29) };
    const { outputs } = await deploy({ machines: before });
    const has = /^berlin-(?:(?:cp-1|worker-2)-(?:prepared|settled)|(?:cp-2)-prepared|worker-8-leaves)$/;
    const shown: unknown[] = [];
    const { log } = console;
    console.log = (line: unknown) => void shown.push(line);
    try {
      await deploy({ machines, talos: { ...base.talos, installer: "registry.example/installer:v1.13.3" } }, outputs, {
        preview: true,
        // of what is as it was, a preview knows what it said
        state: (type, name) => {
          if (type === "talos:machine/secrets:Secrets") return { clientConfiguration: access, machineSecrets: {} };
          return has.test(name) ? { stdout: "said" } : {};
        },
      });
    } finally {
      console.log = log;
    }
    const lines = shown.map((line) => /(\S+: (?:no effect|will be|joins|leaves).*)$/.exec(String(line))?.[1]);
    assert.deepEqual(lines.filter(Boolean), [
      "cp-1: no effect (has what the settings say already)",
      "cp-2: will be upgraded (v1.13.0 → v1.13.3)",
      "cp-3: will be upgraded (v1.13.0 → v1.13.3)",
      "worker-1: will be upgraded (v1.13.0 → v1.13.3)",
      "worker-2: no effect (has what the settings say already)",
      "worker-8: no effect (has left already)",
      "worker-9: leaves the cluster (drained, system disk wiped, powered off; its node is deleted)",
    ]);
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
    const preview = await deploy({}, before, { preview: true });
    assert.deepEqual(preview.outputs["machines"], outputs["machines"]);
  });

  // its outputs said that all machines had the settings: those that were to leave were forgotten, with the cluster's keys
  it("publishes what a deployment with --target has left out as it was", async () => {
    const first = { "worker-8": machine("worker", 28), "worker-9": machine("worker", 29) };
    const { outputs: before } = await deploy({ machines: { ...base.machines, ...first } });
    // of resources that are left out, those that are there stay as they are, and of new ones nothing is known
    const state: World["state"] = (_, name) => {
      if (name === "berlin-worker-8-settled") return { environment: { CONFIGURATION: "older" } };
      if (name === "berlin-worker-7-settled") return { environment: {} };
      return name === "berlin-worker-9-leaves" ? {} : undefined;
    };
    const change = {
      machines: { ...base.machines, "worker-7": machine("worker", 27), "worker-8": first["worker-8"] },
      kubernetesVersion: "v1.34.5",
      talos: { ...base.talos, installer: "registry.example/installer:v1.13.3" },
    };
    const { outputs } = await deploy(change, before, { state });
    const machines = machinesIn(outputs) as Record<string, { installer?: string }>;
    assert.deepEqual(Object.keys(machines).sort(), [...Object.keys(base.machines), "worker-8", "worker-9"].sort());
    assert.deepEqual(
      ["cp-1", "worker-8", "worker-9"].map((name) => machines[name]?.installer?.slice(-7)),
      ["v1.13.3", "v1.13.0", "v1.13.0"],
    );
    const parts = (of: Readonly<Record<string, unknown>>) => of["configurations"] as Record<string, object>;
    assert.deepEqual(parts(outputs)["worker-8"], parts(before)["worker-8"]);
    assert.notDeepEqual(parts(outputs)["cp-1"], parts(before)["cp-1"]);
    assert.equal(outputs["kubernetesVersion"], before["kubernetesVersion"], "not all API servers have the new one");
    const versions = outputs["talosVersions"] as Record<string, string>;
    assert.deepEqual([versions["cp-1"], versions["worker-8"], versions["worker-7"]], ["v1.13.3", "v1.13.0", undefined]);
  });
});
