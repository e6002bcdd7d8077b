import * as assert from "node:assert/strict";
import { Cidr } from "../core/cidr";
import { TalosCluster } from "./talos-cluster";
import { only, type Registration, run } from "../../test/support/registrations";

const APPLY = "talos:machine/configurationApply:ConfigurationApply";
const machine = (name: string, role: "controlplane" | "worker", last: number) => {
  return { name, role, address: `192.0.2.${last}`, installDisk: "/dev/sda", labels: {} };
};
const args = {
  cluster: "berlin",
  talosVersion: "v1.13",
  kubernetesVersion: "v1.34.4",
  settings: {
    endpoint: "https://192.0.2.10:6443",
    nodeCidrs: [Cidr.parse("192.0.2.0/24")],
    podCidrs: [Cidr.parse("100.65.0.0/16")],
    serviceCidrs: [Cidr.parse("10.96.0.0/16")],
    dnsDomain: "cluster.local",
    installer: "registry.example/installer:v1.13.0",
    scheduleOnControlPlanes: false,
  },
  machines: [
    machine("cp-1", "controlplane", 11),
    machine("cp-2", "controlplane", 12),
    machine("cp-3", "controlplane", 13),
    machine("worker-1", "worker", 21),
  ],
};
const deploy = () =>
  run(() => void new TalosCluster("berlin", args), {
    call: (token) => (token.includes("client") ? { talosConfig: "text" } : { machineConfiguration: "text" }),
  });
const waitsFor = (resources: readonly Registration[], name: string) =>
  resources.find((resource) => resource.name === name)?.dependsOn ?? [];

describe("TalosCluster", () => {
  it("protects the keys, and keeps them when the contract of the configuration changes", async () => {
    const secrets = only((await deploy()).resources, "talos:machine/secrets:Secrets");
    assert.equal(secrets.protect, true);
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

  it("changes control planes one after another, workers at any time", async () => {
    const { resources } = await deploy();
    assert.ok(waitsFor(resources, "berlin-cp-2").includes("berlin-cp-1"));
    assert.ok(waitsFor(resources, "berlin-cp-3").includes("berlin-cp-2"));
    assert.ok(!waitsFor(resources, "berlin-worker-1").some((name) => name.startsWith("berlin-cp")));
  });

  it("bootstraps exactly one control plane, after all configurations", async () => {
    const { resources } = await deploy();
    const bootstrap = only(resources, "talos:machine/bootstrap:Bootstrap");
    assert.equal(bootstrap.inputs["node"], "192.0.2.11");
    for (const { name } of args.machines) assert.ok(bootstrap.dependsOn.includes(`berlin-${name}`), name);
  });

  it("waits for the API with the key as a secret", async () => {
    const gate = only((await deploy()).resources, "command:local:Command");
    assert.ok(gate.secrets.some((path) => path.startsWith("environment")));
    assert.match(String(gate.inputs["create"]), /readyz/);
  });
});
