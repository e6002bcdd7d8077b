import * as assert from "node:assert/strict";
import type { ManagementCluster } from "./component";
import { management, parsed, at, ROOT, valuesOf } from "./platform.fixture";
import { readChartLock } from "./charts/lock";
import { planPlatform } from "./plan";
import { apart } from "./shared-values";

const machines = (controlPlanes: number, workers: number): ManagementCluster["machines"] =>
  Object.fromEntries([
    ...Array.from({ length: controlPlanes }, (_, i) => [`cp-${i}`, { role: "controlplane", address: `192.0.2.1${i}` }]),
    ...Array.from({ length: workers }, (_, i) => [`worker-${i}`, { role: "worker", address: `192.0.2.2${i}` }]),
  ]) as ManagementCluster["machines"];

const planOn = (controlPlanes: number, workers: number, change: object = {}) =>
  planPlatform(
    parsed({ storage: { pool: { zfs: "tank" }, replicas: 1 }, ...change }),
    { ...management, machines: machines(controlPlanes, workers) },
    { lock: readChartLock(ROOT), vendored: () => "any" },
  );

/** How copies of a chart are kept apart. */
function rule(planned: ReturnType<typeof planOn>, chart: string, path = "affinity"): string | undefined {
  const affinity = at(valuesOf(planned, chart), `${path}.podAntiAffinity`) as object | undefined;
  return affinity === undefined ? undefined : Object.keys(affinity)[0]?.replace(/During.*/, "");
}

/*
 * The charts say nothing of it, so the scheduler may put all copies on one machine. A member of etcd stays there with its
 * local volume, and a restart of that machine takes the API of every tenant away (clastix/kamaji-etcd#94, #99;
 * cozystack#3962).
 */
describe("copies of a component in production", () => {
  const DEPLOYMENTS = [
    ["cert-manager", "affinity"],
    ["cert-manager", "webhook.affinity"],
    ["cert-manager", "cainjector.affinity"],
    ["snapshot-controller", "controller.affinity"],
    ["piraeus", "affinity"],
    ["cluster-api-operator", "affinity"],
    ["kamaji", "affinity"],
  ] as const;

  it("are on machines of their own where there are enough, members of etcd above all", () => {
    for (const [controlPlanes, workers] of [
      [3, 3],
      [3, 0],
    ] as const) {
      const planned = planOn(controlPlanes, workers);
      assert.equal(rule(planned, "kamaji-etcd"), "required");
      for (const [chart, path] of DEPLOYMENTS) assert.equal(rule(planned, chart, path), "required", `${chart} ${path}`);
    }
  });

  it("are apart as far as possible on fewer: control planes take no workloads beside workers", () => {
    // with two machines an update of two copies would have no place for the third
    const { inputs } = planOn(3, 2, { tier: "development" });
    const affinity = (copies: number) => JSON.stringify(apart(inputs, { copies, matchLabels: { app: "any" } }));
    assert.match(affinity(2), /preferredDuringScheduling/);
    assert.equal(affinity(1), "{}");
  });

  it("are refused in production where members of etcd would have to share one", () => {
    assert.throws(() => planOn(3, 2), {
      name: "InvalidInput",
      message: /platform\.tier: production on worker-0, worker-1 — the etcd of tenants has 3 members/,
    });
  });

  it("have no rule where there is only one of each", () => {
    const planned = planOn(3, 3, { tier: "development" });
    assert.equal(rule(planned, "kamaji-etcd"), undefined);
    for (const [chart, path] of DEPLOYMENTS) assert.equal(rule(planned, chart, path), undefined);
  });
});

/* A volume with more copies than machines is never made; its claims stay pending (piraeus-operator#440). */
describe("copies of a volume", () => {
  const storage = (replicas: number, more: object = {}) => ({
    tier: "development",
    storage: { pool: { zfs: "tank" }, replicas, ...more },
  });

  it("are refused when there are more than machines that keep volumes, naming both numbers", () => {
    assert.throws(() => planOn(1, 1, storage(3)), {
      name: "InvalidInput",
      message: /platform\.storage\.replicas: 3 — must not be more than the 1 machines that keep volumes \(worker-0\)/,
    });
    assert.throws(() => planOn(3, 2, storage(5)), /replicas: 5 — must not be more than the 2 machines/);
    assert.ok(planOn(3, 2, storage(2)));
    assert.ok(planOn(3, 0, storage(3)));
  });

  it("are on the machines that settings name, of which there must be enough", () => {
    const named = planOn(3, 2, storage(3, { machines: ["cp-0", "worker-0", "worker-1"] }));
    const cluster = named.stages.flatMap((each) => ("objects" in each ? each.objects : []));
    const spec = cluster.find(({ resource }) => resource === "linstor")?.object.spec;
    const path = "nodeAffinity.nodeSelectorTerms.0.matchExpressions.0.values";
    assert.deepEqual(at(spec, path), ["cp-0", "worker-0", "worker-1"]);
    assert.equal(at(spec, "tolerations.0.key"), "node-role.kubernetes.io/control-plane");
    assert.throws(() => planOn(3, 2, storage(2, { machines: ["worker-0"] })), /more than the 1 machines/);
    assert.throws(() => planOn(3, 2, storage(1, { machines: ["w9"] })), /storage\.machines: w9 — must be a machine of/);
  });
});
