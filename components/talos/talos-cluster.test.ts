import * as assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { KubernetesVersion } from "../core/version";
import { base, machine, settings } from "./settings.fixture";
import { TalosCluster } from "./talos-cluster";
import { only, type Registration, run } from "../../test/support/registrations";

const APPLY = "talos:machine/configurationApply:ConfigurationApply";
const deploy = (deployed: readonly string[] = []) =>
  run(() => void new TalosCluster("berlin", { settings: settings(), deployed }), {
    call: (token) => (token.includes("client") ? { talosConfig: "text" } : { machineConfiguration: "text" }),
  });
const waitsFor = (resources: readonly Registration[], name: string) =>
  resources.find((resource) => resource.name === name)?.dependsOn ?? [];

describe("TalosCluster", () => {
  it("protects the keys, and keeps them when the contract of the configuration changes", async () => {
    const secrets = only((await deploy()).resources, "talos:machine/secrets:Secrets");
    assert.equal(secrets.protect, true);
  });

  // provider 0.11.0 writes configurations of Talos 1.13 at most, which 1.14 takes
  it("asks for the newest configuration that the provider knows, and for no newer one", async () => {
    const asked = async (version: string) => {
      const talos = { ...base.talos, version, installer: `registry.example/installer:${version}.0` };
      const contracts: unknown[] = [];
      const { resources } = await run(() => void new TalosCluster("berlin", { settings: settings({ talos }) }), {
        call: (token, { talosVersion }) => {
          if (token.includes("machine/getConfiguration")) contracts.push(talosVersion);
          return { talosConfig: "text", machineConfiguration: "text" };
        },
      });
      contracts.push(only(resources, "talos:machine/secrets:Secrets").inputs["talosVersion"]);
      return [...new Set(contracts)];
    };
    assert.deepEqual(await asked("v1.12"), ["v1.12"]);
    assert.deepEqual(await asked("v1.14"), ["v1.13"]);
  });

  it("applies one configuration per machine, at its own address", async () => {
    const applies = (await deploy()).resources.filter(({ type }) => type === APPLY);
    const nodes = applies.map(({ inputs }) => inputs["node"]).sort();
    assert.deepEqual(nodes, ["192.0.2.11", "192.0.2.12", "192.0.2.13", "192.0.2.21"]);
    for (const { inputs, secrets } of applies) {
      assert.deepEqual(inputs["timeouts"], { create: "20m", update: "20m", delete: "20m" });
      assert.ok(secrets.includes("machineConfigurationInput"));
    }
  });

  it("changes one machine after another, each when the one before runs its configuration", async () => {
    const { resources } = await deploy(Object.keys(base.machines));
    const order = ["cp-1", "cp-2", "cp-3", "worker-1"].map((name) => `berlin-${name}`);
    for (const [index, name] of order.entries()) {
      assert.ok(waitsFor(resources, `${name}-settled`).includes(name));
      assert.ok(waitsFor(resources, name).includes(`${name}-prepared`));
      if (index > 0) assert.ok(waitsFor(resources, `${name}-prepared`).includes(`${order[index - 1]}-settled`), name);
    }
  });

  it("changes as many workers at once as the settings say, after all control planes", async () => {
    const workers = Object.fromEntries([1, 2, 3, 4, 5].map((each) => [`worker-${each}`, machine("worker", 20 + each)]));
    const cloud = settings({ machines: { ...base.machines, ...workers }, workersAtOnce: 2 });
    const args = { settings: cloud, deployed: Object.keys(cloud.machines) };
    const { resources } = await run(() => void new TalosCluster("berlin", args), {
      call: () => ({ talosConfig: "text", machineConfiguration: "text" }),
    });
    const gates = (name: string) =>
      waitsFor(resources, `berlin-${name}-prepared`).filter((each) => each.endsWith("-settled"));
    assert.deepEqual(gates("cp-1"), []);
    for (const worker of ["worker-1", "worker-2"]) assert.deepEqual(gates(worker), ["berlin-cp-3-settled"], worker);
    assert.deepEqual(gates("worker-3"), ["berlin-worker-1-settled"]);
    assert.deepEqual(gates("worker-5"), ["berlin-worker-3-settled"]);
  });

  // nothing runs on them: 30 machines in a row took ten times as long as three
  it("configures machines that are new all at once, beside those that run", async () => {
    const { resources } = await deploy(["cp-1", "cp-3"]);
    const gates = (name: string) =>
      waitsFor(resources, `berlin-${name}-prepared`).filter((each) => each.endsWith("-settled"));
    assert.deepEqual(gates("worker-1"), []);
    assert.deepEqual(gates("cp-3"), ["berlin-cp-1-settled"]);
    // it may have joined in a deployment that failed: two members of etcd are not changed at once
    assert.deepEqual(gates("cp-2"), ["berlin-cp-3-settled"]);
    const first = (await deploy([])).resources;
    for (const name of ["cp-1", "cp-2", "cp-3"]) {
      const waits = waitsFor(first, `berlin-${name}-prepared`);
      assert.deepEqual(
        waits.filter((each) => each.endsWith("-settled")),
        [],
      );
    }
  });

  it("waits for a machine again when its configuration changes, with the key as a secret", async () => {
    const gate = only((await deploy()).resources, "command:local:Command", "berlin-cp-1-settled");
    const { CONFIGURATION } = gate.inputs["environment"] as Record<string, string>;
    assert.equal(CONFIGURATION, createHash("sha256").update("text").digest("hex"));
    assert.match(String(gate.inputs["stdin"]), /"settling"/);
    assert.ok(gate.secrets.some((path) => path.includes("TALOS_KEY")));
  });

  it("keeps kubelets where the caller says, on every machine", async () => {
    const patches: string[][] = [];
    const args = { settings: settings(), kubeletVersion: KubernetesVersion.parse("v1.33.2") };
    await run(() => void new TalosCluster("berlin", args), {
      call: (token, { configPatches }) => {
        if (token.includes("machine/getConfiguration")) patches.push(configPatches as string[]);
        return { talosConfig: "text", machineConfiguration: "text" };
      },
    });
    assert.equal(patches.length, 4);
    for (const each of patches) assert.match(each.at(-1) ?? "", /siderolabs\/kubelet:v1\.33\.2/);
  });

  // siderolabs/terraform-provider-talos#216: etcd kept members that nobody knew, and a dead one is in the way of new ones
  it("lets machines leave after all others have settled, and etcd forget lost ones before others are changed", async () => {
    const leaving = (name: string, role: "controlplane" | "worker", lost: boolean) => ({
      ...{ name, role, lost, address: "192.0.2.99", via: "cp-2" },
    });
    const args = {
      settings: settings(),
      leaving: [
        leaving("worker-9", "worker", false),
        leaving("cp-8", "controlplane", true),
        leaving("cp-9", "controlplane", false),
      ],
    };
    const { resources } = await run(() => void new TalosCluster("berlin", args), {
      call: () => ({ talosConfig: "text", machineConfiguration: "text" }),
    });
    const lost = only(resources, "command:local:Command", "berlin-cp-8-lost");
    const { TALOS_HOST, LOST } = lost.inputs["environment"] as Record<string, string>;
    assert.deepEqual([TALOS_HOST, LOST], ["192.0.2.12", "cp-8"]);
    for (const name of Object.keys(base.machines)) {
      assert.ok(waitsFor(resources, `berlin-${name}-prepared`).includes("berlin-cp-8-lost"), name);
      for (const { name: each } of args.leaving) {
        assert.ok(waitsFor(resources, `berlin-${each}-leaves`).includes(`berlin-${name}-settled`), each);
      }
    }
    assert.ok(waitsFor(resources, "berlin-cp-9-leaves").includes("berlin-cp-8-leaves"), "one at a time");
    const { environment } = only(resources, "command:local:Command", "berlin-cp-9-leaves").inputs;
    assert.equal((environment as Record<string, string>)["STAYING"], "cp-1 cp-2 cp-3");
  });

  it("configures a machine when it is known to be free or of this cluster", async () => {
    const { resources } = await deploy();
    assert.ok(waitsFor(resources, "berlin-cp-2").includes("berlin-cp-2-prepared"));
    const { inputs } = only(resources, "command:local:Command", "berlin-worker-1-prepared");
    const { TALOS_HOST, TALOS_PORT } = inputs["environment"] as Record<string, string>;
    assert.deepEqual([TALOS_HOST, TALOS_PORT], ["192.0.2.21", "50000"]);
  });

  it("bootstraps exactly one control plane, after all configurations", async () => {
    const { resources } = await deploy();
    const bootstrap = only(resources, "talos:machine/bootstrap:Bootstrap");
    assert.equal(bootstrap.inputs["node"], "192.0.2.11");
    for (const name of Object.keys(base.machines)) assert.ok(bootstrap.dependsOn.includes(`berlin-${name}`), name);
  });

  /*
   * A destroy without preview deletes in the order of dependencies: it dropped machines and bootstrap from the state
   * before it came to the protected keys (engine 3.259, run).
   */
  it("begins its removal where it is protected", async () => {
    const { resources } = await deploy();
    const guard = only(resources, "command:local:Command", "berlin-retire-after-tenants");
    assert.equal(guard.protect, true);
    const rest = resources.filter(
      ({ custom, name, type }) => custom && name !== guard.name && !type.startsWith("pulumi:"),
    );
    const before = new Set<string>();
    const follow = (names: readonly string[]) => {
      for (const name of names.filter((each) => !before.has(each))) {
        before.add(name);
        follow(waitsFor(resources, name));
      }
    };
    follow(guard.dependsOn);
    for (const { name } of rest) assert.ok(before.has(name), name);
  });

  it("waits for the API with the key as a secret", async () => {
    const gate = only((await deploy()).resources, "command:local:Command", "berlin-api-wait");
    assert.ok(gate.secrets.some((path) => path.startsWith("environment")));
    assert.match(String(gate.inputs["stdin"]), /readyz/);
  });
});
