import * as assert from "node:assert/strict";
import { releaseArgs } from "../kubernetes/helm-release";
import { readChartLock } from "./charts/lock";
import { plan, type PlanFixture, ROOT } from "./platform.fixture";

const lock = readChartLock(ROOT);

/** The description of a release, as it is registered. */
function description(chart: string, fixture: PlanFixture): unknown {
  const stage = plan(fixture).stages.find(({ name }) => name === chart);
  if (stage === undefined || !("release" in stage)) throw new Error(`${chart}: no release of the plan`);
  return releaseArgs({ ...stage.release, notAwaited: undefined }).description;
}

/*
 * A release of Pulumi compares its arguments only: other content in a chart of the same name and version is "unchanged",
 * also after a refresh (pulumi-kubernetes 4.29 to 4.34, seen with folders and archives). What is made here has upstream's
 * version with any edits to it.
 */
describe("a chart that is made here", () => {
  it("is rolled out again when its file changes, and not while it stays the same", () => {
    const of = (digest: string) => description("multus", { change: { mirror: {} }, vendored: () => digest });
    assert.equal(of("one"), of("one"));
    assert.notEqual(of("one"), of("other"));
    assert.match(String(of("one")), /^chart made from one$/);
  });

  it("is rolled out again when what it is made from changes, where a mirror has its file", () => {
    const { edits: _, ...multus } = lock["multus"] ?? { version: "4.3.0" };
    const [now, before] = [description("multus", { lock }), description("multus", { lock: { ...lock, multus } })];
    assert.match(String(now), /^chart made from [0-9a-f]{64}$/);
    assert.notEqual(now, before);
    const pinned = { ...lock, multus: { ...multus, digest: "d" } };
    assert.equal(description("multus", { lock: pinned }), "chart made from d");
  });

  it("alone says so: upstream's repositories never change a version", () => {
    const made = plan().stages.flatMap((stage) =>
      "release" in stage && stage.release.content !== undefined ? [stage.name] : [],
    );
    const installed = new Set(plan().stages.map(({ name }) => name));
    const expected = Object.keys(lock).filter((name) => installed.has(name) && lock[name]?.repository === undefined);
    assert.deepEqual(made.sort(), expected.sort());
    assert.ok(made.includes("multus"));
    assert.equal(description("cert-manager", {}), undefined);
  });

  it("still says why it is not awaited", () => {
    const basics = { name: "x", namespace: "x", source: { chart: "x", version: "1.0.0" }, values: {} };
    const args = releaseArgs({ ...basics, notAwaited: "later", content: "abc" });
    assert.equal(args.description, "not awaited: later; chart made from abc");
  });
});
