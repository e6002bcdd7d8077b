import * as assert from "node:assert/strict";
import { readChartLock } from "./charts/lock";
import { at, plan, ROOT } from "./platform.fixture";
import { chartsOf, COMPONENTS } from "./registry";

const MIRROR = "registry.example/mirror";
const mirror = { charts: `oci://${MIRROR}/charts`, images: `${MIRROR}/images` };

const lock = readChartLock(ROOT);

/** Hosts that something of the platform comes from upstream: charts, archives, manifests and images. */
const UPSTREAM = new Set(
  [
    ...Object.values(lock).flatMap(({ repository, archive, manifests = [] }) => [
      ...(repository === undefined ? [] : [repository]),
      ...(archive === undefined ? [] : [archive.url]),
      ...manifests.map(({ url }) => url),
    ]),
    ...chartsOf(COMPONENTS).flatMap(({ images }) => Object.values(images)),
    ...COMPONENTS.flatMap(({ images = [] }) => images),
  ].map((source) => source.replace(/^\w+:\/\//, "").split("/")[0] ?? ""),
);

/** Every text in a value, with the path that leads to it. */
function texts(value: unknown, path = ""): [string, string][] {
  if (typeof value === "string") return [[path, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => texts(inner, `${path}.${key}`));
}

const fromUpstream = (value: unknown, path: string) =>
  texts(value, path).flatMap(([place, text]) => {
    // the name of an API is no place
    if (place.endsWith(".apiVersion")) return [];
    const host = [...UPSTREAM].find((each) =>
      new RegExp(`(^|[/"@ ])${each.replaceAll(".", "\\.")}([/:" ]|$)`).test(text),
    );
    return host === undefined ? [] : [`${place}: ${host}`];
  });

describe("a platform with a mirror", () => {
  /** Alternatives exclude each other: each is looked at for itself, its stages being plain data. */
  const { stages } = plan({ change: { mirror } });

  it("takes every chart from the mirror, in the version of the lock", () => {
    const releases = stages.flatMap((stage) => ("release" in stage ? [stage.release] : []));
    assert.ok(releases.length > 5);
    for (const { name, source } of releases)
      assert.deepEqual(source, { chart: `${mirror.charts}/${name}`, version: lock[name]?.version });
  });

  it("names no place of upstream's in any value or object", () => {
    const found = stages.flatMap((stage) =>
      "release" in stage ? fromUpstream(stage.release, stage.name) : fromUpstream(stage.objects, stage.name),
    );
    assert.deepEqual(found, []);
  });

  it("would name them without: the test sees what it looks for", () => {
    const { stages: direct } = plan({ change: { mirror: {} } });
    const found = direct.flatMap((stage) => ("release" in stage ? fromUpstream(stage.release, stage.name) : []));
    assert.ok(found.length > 3, found.join("\n"));
  });

  for (const { chart, images } of chartsOf(COMPONENTS)) {
    const planned = stages.find(({ name }) => name === chart);
    // alternatives are not part of this platform, and some charts run nothing
    if (planned === undefined || !("release" in planned) || Object.keys(images).length === 0) continue;
    it(`moves every image that ${chart} is known to have`, () => {
      const moved = Object.keys(images).map((path) => at(planned.release.values, path));
      assert.ok(moved.length > 0);
      for (const image of moved) assert.match(String(image), new RegExp(`^${MIRROR}/images`));
    });
  }
});
