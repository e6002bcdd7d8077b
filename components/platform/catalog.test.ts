import * as assert from "node:assert/strict";
import { CHARTS, needsOf, STEPS, type StageName } from "./catalog";
import { lockedChart, readChartLock } from "./charts/lock";
import { ROOT } from "./platform.fixture";

const charts = Object.keys(CHARTS) as (keyof typeof CHARTS)[];
const stages: StageName[] = [...charts, ...(Object.keys(STEPS) as (keyof typeof STEPS)[])];
const lock = readChartLock(ROOT);

/** Everything that has to be finished before a stage, directly or not; oracle of its own: plain depth-first search. */
function before(stage: StageName, path: readonly StageName[] = []): Set<StageName> {
  assert.ok(!path.includes(stage), `a circle: ${[...path, stage].join(" → ")}`);
  return new Set(needsOf(stage).flatMap((need) => [need, ...before(need, [...path, stage])]));
}

describe("the catalog", () => {
  it("asks only for stages that exist, and for none in a circle", () => {
    for (const stage of stages) {
      for (const need of needsOf(stage)) assert.ok(stages.includes(need), `${stage} needs ${need}`);
      before(stage);
    }
  });

  it("has every chart pinned, and nothing pinned that it does not have", () => {
    assert.deepEqual(Object.keys(lock).sort(), [...charts].sort());
  });

  it("has exactly one source and an exact version for every chart of the lock", () => {
    for (const [name, { version, repository, archive, manifests }] of Object.entries(lock)) {
      assert.match(version, /^v?\d+\.\d+\.\d+(-[\w.]+)?$/, name);
      assert.equal([repository, archive, manifests].filter((source) => source !== undefined).length, 1, name);
    }
  });

  it("puts the network before everything with pods, and certificates before every webhook that cert-manager serves", () => {
    for (const chart of charts.filter((chart) => chart !== "cilium" && chart !== "kube-ovn-v2")) {
      assert.ok(before(chart).has("kube-ovn-v2"), chart);
    }
    for (const stage of ["piraeus", "cluster-api-operator", "kamaji", "kamaji-etcd"] as const) {
      assert.ok(before(stage).has("issuers"), stage);
    }
  });

  it("puts volumes before what claims them, and Cluster API's core before its providers", () => {
    assert.ok(before("kamaji-etcd").has("storage-classes"));
    assert.ok(before("data-volumes").has("storage-classes"));
    assert.ok(before("cluster-api-infrastructure").has("virtualization"));
    assert.ok(before("cluster-api-control-plane").has("kamaji"));
    for (const step of ["bootstrap", "control-plane", "infrastructure"] as const) {
      assert.ok(before(`cluster-api-${step}`).has("cluster-api"));
    }
  });

  it("refuses a chart that is not in the lock, naming it and the file", () => {
    assert.throws(() => lockedChart(lock, "constructor"), {
      name: "InvalidInput",
      message: /constructor: not in the lock — must be one of the charts of versions.charts\.json; pin/,
    });
  });
});
