import * as assert from "node:assert/strict";
import { world } from "./prove.fixture";

const labelsOf = (name: string) => world.pods.find((pod) => pod.name === name)?.labels;

describe("the world that isolation is proven in", () => {
  it("has the namespaces and policies that programs register", () => {
    assert.deepEqual(
      world.namespaces.map(({ name }) => name),
      ["store-system", "agent-system", "tenant-acme", "tenant-globex"],
    );
    assert.deepEqual(
      world.policies.filter(({ namespace }) => namespace === "tenant-acme").map(({ name }) => name),
      ["default-deny", "same-namespace"],
    );
  });

  it("has two machines of every pool, with the labels of their template and those of Cluster API's provider", () => {
    const expected = {
      pool: "a",
      "kubevirt.io": "virt-launcher",
      "cluster.x-k8s.io/cluster-name": "acme",
      "cluster.x-k8s.io/role": "worker",
    };
    assert.deepEqual([labelsOf("acme-pool-1"), labelsOf("acme-pool-2")], [expected, expected]);
  });

  it("has control planes with the labels of their settings and that of Kamaji", () => {
    assert.deepEqual(labelsOf("globex-control-plane"), { own: "yes", "kamaji.clastix.io/name": "globex" });
  });

  it("has the pods of releases, as the values of the release name them", () => {
    const store = world.pods.find(({ role }) => role === "data store");
    assert.deepEqual(
      [store?.namespace, store?.name, store?.labels],
      ["store-system", "tenants", { app: "store", of: "tenants" }],
    );
  });
});
