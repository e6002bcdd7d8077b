import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse, stringify } from "yaml";
import { driftOf, recover, secretsOf } from "../../automation";
import { snapshotEtcd } from "../../automation/machines/etcd-snapshot";
import { Daemon, type DaemonStatus } from "../../sandbox/daemon";
import { sandboxEngine } from "../../sandbox/engine";
import { apiServers, get, nodesSay } from "./kubernetes-objects";
import { readEvery, until } from "./polling";
import { finished, TestSandbox } from "./support";

interface Settings {
  workersAtOnce?: number;
  kubernetesVersion: string;
  talos: { installer: string; version: string; patches?: object };
  machines: Record<string, { role: string; address: string; endpoint: string; labels?: object }>;
  lostMachines?: string[];
}

const STACK = "base.sandbox";
const API_SERVER = "registry.k8s.io/kube-apiserver";

/**
 * The life of the machines of one management cluster, while somebody reads from its API ten times a second. The tests go
 * on from one another.
 */
describe("the machines of a management cluster", () => {
  const sandbox = TestSandbox.create();
  const file = path.join(sandbox.layout.workspace, `Pulumi.${STACK}.yaml`);
  let kubeconfig: string;
  let machines: DaemonStatus["machines"];

  before(async () => {
    const { clusters } = await sandbox.start("--only", "base", "--spare", "2");
    kubeconfig = fs.readFileSync(clusters[0]?.kubeconfig ?? "", "utf8");
    machines = (await daemon()).machines;
  });
  after(() => sandbox.destroy());

  async function daemon(): Promise<DaemonStatus> {
    const status = await new Daemon(sandbox.layout).status();
    assert.ok(status !== undefined);
    return status;
  }
  /** Edits the stack file. */
  function change(edit: (settings: Settings) => void): void {
    const content = parse(fs.readFileSync(file, "utf8")) as { config: { "firmament:base": Settings } };
    edit(content.config["firmament:base"]);
    fs.writeFileSync(file, stringify(content));
  }
  const added = (name: string, role: string) => {
    const { address = "", endpoint = "" } = machines.find((machine) => machine.name === name) ?? {};
    return { role, address, endpoint };
  };
  async function pulumi(...args: readonly string[]): Promise<string> {
    const [command = "", ...rest] = args;
    const { code, stdout, stderr } = await sandbox.pulumi([command, "--stack", STACK, ...rest]);
    assert.equal(code, 0, stdout + stderr);
    return stdout;
  }
  /** The simulator's own API; see sandbox/fakes/README.md. */
  async function control(at: string, init: RequestInit = {}): Promise<string> {
    const found = fs.readFileSync(path.join(sandbox.directory, "control.json"), "utf8");
    const { url, token } = JSON.parse(found) as { url: string; token: string };
    const response = await fetch(`${url}/machines/${at}`, { ...init, headers: { authorization: `Bearer ${token}` } });
    const text = await response.text();
    assert.ok(response.ok, text);
    return text;
  }
  /** A fault of a machine by its name. */
  const trouble = (machine: string, name: string, more: object = {}) =>
    control(`${machine}/scenarios`, { method: "POST", body: JSON.stringify({ name, ...more }) });
  /** Methods that a machine was asked for, oldest first, without those that only read. */
  const told = async (machine: string) => {
    const calls = JSON.parse(await control(`${machine}/calls`)) as { method: string }[];
    const names = calls.map(({ method }) => method.split("/").at(-1) ?? "");
    return names.filter((name) => ["ApplyConfiguration", "Bootstrap", "Reset", "Upgrade", "Kubeconfig"].includes(name));
  };
  /** A deployment that is killed, with all that it runs, when a machine is in one of these stages. */
  async function killedWhen(machine: string, seen: readonly string[]): Promise<void> {
    const child = await sandbox.spawnPulumi(["up", "--yes", "--skip-preview", "--stack", STACK]);
    const ended = finished(child);
    for (const end = Date.now() + 180_000; !seen.includes((await stages())[machine] ?? ""); await sleep(100)) {
      if (child.exitCode !== null || Date.now() > end) assert.fail(JSON.stringify(await ended));
    }
    assert.ok(child.pid !== undefined);
    process.kill(-child.pid, "SIGKILL");
    await ended;
    await sandbox.programsGone();
    await recover(sandboxEngine(sandbox.layout), STACK, { etcdBootstrapped: () => Promise.resolve(true) });
  }
  const up = () => pulumi("up", "--yes", "--skip-preview");
  const read = () => readEvery(100, () => get(kubeconfig, "/api/v1/namespaces/default"));
  const nodes = async () => {
    const { items } = (await get(kubeconfig, "/api/v1/nodes")) as { items: { metadata: { name: string } }[] };
    return items.map(({ metadata }) => metadata.name).sort();
  };
  const versions = async () => JSON.parse(await pulumi("stack", "output", "talosVersions", "--json")) as object;
  const stages = async () => Object.fromEntries((await daemon()).machines.map(({ name, stage }) => [name, stage]));

  it("are told what they need once, and nothing by a second run or a preview", async () => {
    const once = async () => {
      assert.deepEqual((await told("cp-1")).slice(0, 2), ["ApplyConfiguration", "Bootstrap"]);
      assert.ok((await told("cp-1")).slice(2).every((method) => method === "Kubeconfig"));
      for (const name of ["cp-2", "cp-3", "worker-1", "worker-2"])
        assert.deepEqual(await told(name), ["ApplyConfiguration"]);
      for (const name of ["spare-1", "spare-2"]) assert.deepEqual(await told(name), []);
    };
    await once();
    await pulumi("preview", "--expect-no-changes");
    await up();
    await once();
  });

  /*
   * kubernetes/kubernetes#127316: kubelets that are newer than an API server start no pods. Before, one run brought both
   * onto one control plane after the other, within seconds. siderolabs/talos#9066: so did a change that restarts them.
   */
  it("get one Kubernetes after another and restart one at a time, and answer meanwhile", async () => {
    const stop = read();
    change((settings) => Object.assign(settings, { kubernetesVersion: "v1.35.1", workersAtOnce: 2 }));
    const first = await up();
    assert.match(first, /API servers get it in this run, kubelets stay at v1\.34\.4/);
    assert.match(first, /cp-2: applied live \(cluster\.controlPlane\)/);
    assert.deepEqual(await nodesSay(kubeconfig, "kubeletVersion"), ["v1.34.4"]);
    const servers = await apiServers(kubeconfig);
    assert.deepEqual(
      servers.map(({ image }) => image),
      Array(3).fill(`${API_SERVER}:v1.35.1`),
    );
    const times = servers.map(({ created }) => created);
    const inOrder = [...times].sort((one, other) => one - other);
    assert.deepEqual(times, inOrder, "cp-1, cp-2, cp-3");
    // each has been seen to run before the next was told
    for (const [index, time] of times.slice(1).entries()) assert.ok(time - (times[index] ?? 0) >= 5000, String(times));

    assert.doesNotMatch(await up(), /kubelets stay/);
    await until(async () => assert.deepEqual(await nodesSay(kubeconfig, "kubeletVersion"), ["v1.35.1"]));

    change((settings) => (settings.kubernetesVersion = "v1.36.0"));
    await up();
    // in the same run a change that machines take by a restart: without waiting three members of etcd go at once
    change(({ talos }) => (talos.patches = { all: [{ machine: { udev: { rules: ['KERNEL=="test"'] } } }] }));
    const boots = await nodesSay(kubeconfig, "bootID");
    const last = await up();
    assert.doesNotMatch(last, /kubelets stay/);
    assert.match(last, /cp-1: restarts \(machine\.udev\)/);
    await until(async () => {
      assert.deepEqual(await nodesSay(kubeconfig, "kubeletVersion"), ["v1.36.0"]);
      assert.ok((await nodesSay(kubeconfig, "bootID")).every((boot) => !boots.includes(boot)));
    });
    const { done, failed } = await stop();
    assert.deepEqual(failed, []);
    assert.ok(done > 100, `${done} reads`);
  });

  // siderolabs/terraform-provider-talos 0.11 (#274, #134): another installer changed a text and was green
  it("are upgraded to another Talos one at a time, go on where a run was killed, and answer meanwhile", async () => {
    const stop = read();
    change(({ talos }) => (talos.installer = talos.installer.replace(/:v[\d.]+$/, ":v1.14.0")));
    assert.match(await pulumi("preview"), /worker-2: will be upgraded \(.*v1\.13\.0 → .*v1\.14\.0\)/);
    assert.equal(
      Object.values(await versions()).every((each) => each === "v1.13.0"),
      true,
    );

    await killedWhen("cp-2", ["upgrading", "rebooting"]);
    // nothing was published by the run that was killed
    const preview = await pulumi("preview");
    assert.match(preview, /cp-1: no effect \(has what the settings say already\)/);
    assert.match(preview, /cp-3: will be upgraded \(/);
    await up();
    assert.deepEqual(await versions(), {
      ...Object.fromEntries(["cp-1", "cp-2", "cp-3", "worker-1", "worker-2"].map((name) => [name, "v1.14.0"])),
    });
    assert.match(await pulumi("preview", "--expect-no-changes"), /unchanged/);
    const { done, failed } = await stop();
    assert.deepEqual(failed, []);
    assert.ok(done > 100, `${done} reads`);
  });

  it("join and leave, control planes too, and answer meanwhile", async () => {
    const stop = read();
    change(({ machines: all }) => {
      for (const name of ["cp-2", "cp-3", "worker-2"]) delete all[name];
      for (const name of ["spare-1", "spare-2"]) all[name] = added(name, "controlplane");
    });
    const preview = await pulumi("preview");
    assert.match(preview, /spare-1: joins \(installed from .*:v1\.14\.0\)/);
    assert.match(preview, /cp-2: leaves the cluster \(drained, system disk wiped, powered off; its node is deleted\)/);
    await killedWhen("cp-2", ["resetting", "off"]);
    await up();
    await until(async () => assert.deepEqual(await nodes(), ["cp-1", "spare-1", "spare-2", "worker-1"]));
    const now = await stages();
    assert.deepEqual([now["cp-2"], now["cp-3"], now["worker-2"], now["spare-1"]], ["off", "off", "off", "running"]);
    // who has left is forgotten by the next run, and nothing else changes
    assert.match(await up(), /- 3 deleted/);
    await pulumi("preview", "--expect-no-changes");
    const { failed } = await stop();
    assert.deepEqual(failed, []);
  });

  // machinery's own client sees the same faults in sandbox/fakes/internal/talos/scenarios_test.go
  it("get their configuration in spite of lost answers, restarts and closed ports, and fail at once when they refuse it", async () => {
    const label = (value: string) =>
      change(({ machines: all }) => Object.values(all).forEach((machine) => (machine.labels = { trial: value })));
    label("one");
    await trouble("cp-1", "apply-lost");
    await trouble("spare-1", "apply-restart-after");
    await trouble("spare-2", "apply-not-yet", { times: 2 });
    await trouble("worker-1", "connection-refused", { seconds: 40 });
    await up();
    const labelled = async (value: string) => {
      const { items } = (await get(kubeconfig, "/api/v1/nodes")) as { items: { metadata: { labels: object } }[] };
      assert.ok(items.every(({ metadata }) => (metadata.labels as { trial?: string }).trial === value));
    };
    await until(() => labelled("one"));

    label("two");
    await trouble("worker-1", "apply-invalid");
    const { code, stdout } = await sandbox.pulumi(["up", "--yes", "--skip-preview", "--stack", STACK]);
    assert.notEqual(code, 0);
    assert.match(stdout, /worker-1[^]*simulated: the configuration is wrong/);
    await up();
    await until(() => labelled("two"));
  });

  it("are compared with what was deployed", async () => {
    const engine = sandboxEngine(sandbox.layout);
    const found = await driftOf(engine, STACK);
    assert.deepEqual(
      found.map(({ differences, error }) => ({ differences, error })),
      Array(4).fill({ differences: [], error: undefined }),
    );
  });

  it("give a snapshot of etcd", async () => {
    const output = path.join(sandbox.directory, "etcd.db");
    const { bytes } = await snapshotEtcd(sandboxEngine(sandbox.layout), STACK, output);
    assert.ok(bytes > 10_000, `${bytes} bytes`);
  });

  it("are taken over by a stack that has lost its state, and none restarts", async () => {
    const engine = sandboxEngine(sandbox.layout);
    const secrets = await secretsOf(engine, STACK);
    const { talosconfig } = await engine.outputs(STACK);
    const boots = await nodesSay(kubeconfig, "bootID");
    const state = JSON.parse(await engine.exportState(STACK)) as { deployment: object };
    await engine.importState(STACK, JSON.stringify({ ...state, deployment: { ...state.deployment, resources: [] } }));

    await pulumi("config", "set", "--secret", "--path", "firmament:adopted.secrets", "--", secrets);
    await pulumi(
      "config",
      "set",
      "--secret",
      "--path",
      "firmament:adopted.talosconfig",
      "--",
      String(talosconfig?.value),
    );
    assert.doesNotMatch(await up(), /machine:Bootstrap/);
    assert.deepEqual(await nodesSay(kubeconfig, "bootID"), boots);
    assert.ok(
      (await driftOf(engine, STACK)).every(({ differences, error }) => differences.length === 0 && error === undefined),
    );
    await pulumi("preview", "--expect-no-changes");
  });
});
