import * as assert from "node:assert/strict";
import { KubernetesVersion } from "../../core/version";
import { parseBaseSettings } from "../parse";
import { machinesOf } from "../settings";
import { base, machine, settings } from "../settings.fixture";
import { configurationParts, describeChange, machineChanges } from "./machine-changes";

const V1_34 = KubernetesVersion.parse("v1.34.4");

/** What the deployment of the fixture published. */
function published(change: object = {}) {
  const cloud = settings(change);
  const each = machinesOf(cloud);
  return {
    machines: Object.fromEntries(each.map(({ name }) => [name, { installer: cloud.talos.installer }])),
    configurations: Object.fromEntries(
      each.map((machine) => [machine.name, configurationParts(cloud, machine, V1_34)]),
    ),
  };
}
/** One line per machine for a change of the fixture. */
const lines = (change: object, deployed = published(), kubelets = V1_34) =>
  machineChanges(settings(change), kubelets, deployed).map(describeChange);
const talos = (change: object) => ({ talos: { ...base.talos, ...change } });
const machines = (name: keyof typeof base.machines, change: object) => ({
  machines: { ...base.machines, [name]: { ...base.machines[name], ...change } },
});

describe("what a preview says of machines", () => {
  it("is nothing where nothing changes", () => {
    assert.deepEqual(
      lines({}),
      ["cp-1", "cp-2", "cp-3", "worker-1"].map((name) => `${name}: no effect`),
    );
  });

  it("is what restarts them, on each that has it", () => {
    const udev = [{ machine: { udev: { rules: ['KERNEL=="test"'] } } }];
    assert.deepEqual(lines(talos({ patches: { worker: udev } })), [
      "cp-1: no effect",
      "cp-2: no effect",
      "cp-3: no effect",
      "worker-1: restarts (machine.udev)",
    ]);
    // two causes, of which one needs no restart
    const [line] = lines(machines("cp-1", { labels: { rack: "a1" }, patches: udev }));
    assert.equal(line, "cp-1: restarts (machine.udev)");
  });

  it("is what they take while they run", () => {
    assert.equal(
      lines(machines("worker-1", { labels: { rack: "a1" } })).at(-1),
      "worker-1: applied live (machine.nodeLabels)",
    );
    const network = { network: { ...base.network, timeServers: ["ntp.example.com"] } };
    assert.match(lines(network)[0] ?? "", /^cp-1: applied live \(TimeSyncConfig\)$/);
  });

  it("knows that Talos 1.14 restarts no machine for a configuration", () => {
    const fourteen = { version: "v1.14", installer: "registry.example/installer:v1.14.0" };
    const patches = { all: [{ machine: { udev: { rules: ['KERNEL=="test"'] } } }] };
    assert.equal(
      lines(talos({ ...fourteen, patches }), published(talos(fourteen)))[0],
      "cp-1: applied live (machine.udev)",
    );
    // what the machine runs counts, not what its configuration is written for
    const { installer } = fourteen;
    assert.equal(
      lines(talos({ installer, patches }), published(talos({ installer })))[0],
      "cp-1: applied live (machine.udev)",
    );
  });

  it("takes another contract for a restart", () => {
    assert.equal(lines(talos({ version: "v1.12" }))[0], "cp-1: restarts (talos.version)");
  });

  it("is an upgrade where the image is another one", () => {
    assert.equal(
      lines(talos({ installer: "registry.example/installer:v1.13.3" }))[0],
      "cp-1: will be upgraded (v1.13.0 → v1.13.3)",
    );
    assert.equal(
      lines(talos({ installer: "registry.example/other:v1.13.3" }))[0],
      "cp-1: will be upgraded (registry.example/installer:v1.13.0 → registry.example/other:v1.13.3)",
    );
    const digest = `sha256:${"a1".repeat(32)}`;
    assert.equal(
      lines(talos({ installer: `registry.example/installer@${digest}` }))[0],
      "cp-1: will be upgraded (registry.example/installer:v1.13.0 → registry.example/installer@sha256:a1a1a1a1a1a1…)",
    );
  });

  it("tells API servers from kubelets when Kubernetes changes", () => {
    const newer = { kubernetesVersion: "v1.35.1" };
    assert.deepEqual(lines(newer), [
      "cp-1: applied live (cluster.controlPlane)",
      "cp-2: applied live (cluster.controlPlane)",
      "cp-3: applied live (cluster.controlPlane)",
      "worker-1: no effect",
    ]);
    const then = lines(newer, published(newer), KubernetesVersion.parse("v1.35.1"));
    assert.deepEqual(
      [then[0], then[3]],
      ["cp-1: applied live (machine.kubelet)", "worker-1: applied live (machine.kubelet)"],
    );
  });

  it("is who joins and who leaves, and in which way", () => {
    const { "worker-1": _, ...left } = base.machines;
    const change = { machines: { ...left, "worker-2": machine("worker", 22) } };
    assert.deepEqual(lines(change).slice(-2), [
      "worker-2: joins (installed from registry.example/installer:v1.13.0)",
      "worker-1: leaves the cluster (drained, system disk wiped, powered off; its node is deleted)",
    ]);
    assert.match(lines({ ...change, lostMachines: ["worker-1"] }).at(-1) ?? "", /it is gone: its node is deleted/);
  });

  it("knows that a password changes, and does not know what an older deployment configured", () => {
    const registries = { auth: { "registry.example.com": { username: "puller" } } };
    const of = (password: string) =>
      parseBaseSettings({
        layer: "base",
        base: { ...base, registries },
        registryPasswords: { "registry.example.com": password },
      });
    const before = of("one");
    const deployed = {
      ...published(),
      configurations: Object.fromEntries(
        machinesOf(before).map((each) => [each.name, configurationParts(before, each, V1_34)]),
      ),
    };
    const [first] = machineChanges(of("other"), V1_34, deployed).map(describeChange);
    assert.equal(first, "cp-1: applied live (RegistryAuthConfig/registry.example.com)");
    const { machines } = published();
    assert.equal(
      lines({}, { machines } as never)[0],
      "cp-1: may restart (the last deployment did not publish what it configured)",
    );
  });
});
