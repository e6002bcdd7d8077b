import * as assert from "node:assert/strict";
import { world } from "./prove.fixture";
import { destinationName, questions } from "./questions";

const placed = () => "worker-1";
const asked = questions(world, placed);
const lines = asked.map(({ row, to, port, meant }) => `${row} → ${destinationName(to)} ${port} ${meant}`);

describe("questions about isolation", () => {
  it("ask of every tenant what it must never reach", () => {
    for (const expected of [
      "acme machine → tenant-globex/globex-pool-1 10250 refused",
      "acme machine → tenant-globex/globex-control-plane 6443 refused",
      "acme control plane → tenant-globex/globex-pool-1 10250 refused",
      "globex machine → tenant-acme/acme-control-plane 6443 refused",
      "acme machine → machine worker-2 192.0.2.22 50000 refused",
      "acme machine → management API cp-1 192.0.2.11 6443 refused",
      "acme control plane → management API cp-1 192.0.2.11 6443 refused",
      "acme machine → store-system/tenants 2379 refused",
      "acme control plane → store-system/tenants 2380 refused",
      "acme control plane → internet 203.0.113.80 443 refused",
      "acme machine → agent-system/agent 443 refused",
      "kube-system dns → tenant-acme/acme-pool-1 10250 refused",
    ])
      assert.ok(lines.includes(expected), expected);
  });

  it("ask of every tenant what it cannot do without", () => {
    const needed = lines.filter((line) => line.endsWith(" allowed") && line.includes("acme"));
    assert.deepEqual(needed.sort(), [
      "acme control plane → kube-system/coredns 53 allowed",
      "acme control plane → store-system/tenants 2379 allowed",
      "acme machine → internet 203.0.113.80 443 allowed",
      "acme machine → kube-system/coredns 53 allowed",
      "acme machine → tenant-acme/acme-control-plane 6443 allowed",
      "acme machine → tenant-acme/acme-control-plane 8132 allowed",
      "acme machine → tenant-acme/acme-pool-2 10250 allowed",
      "kube-system dns → tenant-acme/acme-control-plane 6443 allowed",
    ]);
  });

  it("never ask for the machine that a pod runs on, which the network always lets it talk to", () => {
    const machines = asked.flatMap(({ to }) => ("pod" in to || to.node === undefined ? [] : [to.node]));
    assert.ok(machines.length > 0 && !machines.includes(placed()));
  });

  it("ask one pod of each namespace of the platform", () => {
    assert.equal(lines.filter((line) => line.startsWith("acme machine → agent-system/")).length, 1);
  });
});
