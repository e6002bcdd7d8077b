import * as assert from "node:assert/strict";
import { poolChanges, publishedPool, readPools } from "./pool-changes";
import { planTenant } from "./tenant-plan";
import { tenantOf } from "./tenant.fixture";

const machine = { cpus: 2, memory: "4Gi", image: "registry.example/node:v1.34.1" };
const pools = (nodePools: object, change: object = {}) =>
  planTenant(tenantOf({ ...change, nodePools } as never)).nodePools;
const published = (of: ReturnType<typeof pools>) =>
  readPools(JSON.parse(JSON.stringify(Object.fromEntries(of.map((plan) => [plan.pool, publishedPool(plan)])))));
const lines = (before: object, now: object, change: object = {}) =>
  poolChanges(pools(now, change), published(pools(before)) ?? {});

describe("what a preview says of pools", () => {
  const p = { ...machine, replicas: 3 };

  it("is nothing where nothing changes, and a line for each where anything does", () => {
    assert.deepEqual(lines({ p, q: p }, { p, q: p }), []);
    assert.deepEqual(lines({ p, q: p }, { p: { ...p, cpus: 4 }, q: p }), [
      "pool p: rolls 3 machines, up to 65 min: another virtual machine, other settings of its nodes",
      "pool q: no effect",
    ]);
  });

  it("is how many machines roll, why, and how long by their drain and start", () => {
    const slow = { ...p, drainTimeoutSeconds: 3600 };
    assert.deepEqual(lines({ p: slow }, { p: { ...slow, replicas: 1, labels: { team: "a" } } }), [
      "pool p: rolls 3 machines and then has 1, up to 85 min: other settings of its nodes",
    ]);
    const upgraded = { ...p, image: "registry.example/node:v1.35.2" };
    assert.deepEqual(lines({ p }, { p: upgraded }, { kubernetesVersion: "v1.35.2" }), [
      "pool p: rolls 3 machines, up to 65 min: v1.34.1 → v1.35.2, another virtual machine",
    ]);
    assert.deepEqual(lines({ p: { ...p, replicas: 0 } }, { p: { ...p, replicas: 0, cpus: 4 } }), [
      "pool p: has no machine to replace: another virtual machine, other settings of its nodes",
    ]);
  });

  it("is how many at a time, or that they wait for somebody to delete them", () => {
    const faster = { ...p, replicas: 4, rollout: { maxSurge: 2 } };
    assert.deepEqual(lines({ p: faster }, { p: { ...faster, kubelet: { maxPods: 50 } } }), [
      "pool p: rolls 4 machines, 2 at a time, up to 50 min: other settings of its nodes",
    ]);
    const waiting = { ...p, rollout: { strategy: "OnDelete" } };
    assert.deepEqual(lines({ p: waiting }, { p: { ...waiting, spread: { mode: "AntiAffinity" } } }), [
      "pool p: leaves 3 machines as they are until somebody deletes them: another virtual machine",
    ]);
  });

  it("is what scales, by hand or by other bounds, and what is new or removed", () => {
    assert.deepEqual(lines({ p }, { p: { ...p, replicas: 1 } }), ["pool p: scales from 3 to 1 machine, up to 35 min"]);
    const bounds = (min: number, max: number) => ({ p: { ...machine, autoscaling: { min, max } } });
    assert.deepEqual(lines(bounds(0, 2), bounds(1, 4)), [
      "pool p: has bounds of 1 to 4 machines instead of 0 to 2; none is replaced",
    ]);
    assert.deepEqual(lines({ p }, { new: p }), [
      "pool new: is new, with 3 machines, up to 30 min",
      "pool p: is removed with its 3 machines, drained one by one, up to 65 min",
    ]);
  });

  it("is that machines go when a cluster falls asleep", () => {
    assert.deepEqual(lines({ p }, { p }, { hibernated: true }), ["pool p: scales from 3 to 0 machines, up to 35 min"]);
  });

  it("is nothing of a stack that published none", () => {
    assert.equal(readPools(undefined), undefined);
  });
});
