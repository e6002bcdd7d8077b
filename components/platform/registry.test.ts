import * as assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { CAPABILITIES } from "./capabilities";
import { lockedChart, readChartLock } from "./charts/lock";
import { ROOT } from "./platform.fixture";
import { imagesOf, neededBy, providedBy } from "./reference";
import { chartsOf, COMPONENTS } from "./registry";

const lock = readChartLock(ROOT);
const folders = readdirSync(join(ROOT, "components", "platform", "components"));

describe("the registry of components", () => {
  it("has every folder of components, by its name, once", () => {
    assert.deepEqual(COMPONENTS.map(({ name }) => name).sort(), folders.sort());
  });

  // that nothing else is pinned but charts of tenants: sandbox/charts/chart-repository.test.ts
  it("has every chart pinned", () => {
    const charts = chartsOf(COMPONENTS).map(({ chart }) => chart);
    assert.deepEqual(
      charts.filter((chart) => !Object.hasOwn(lock, chart)),
      [],
    );
  });

  it("has exactly one source and an exact version for every chart of the lock", () => {
    for (const [name, { version, repository, archive, manifests }] of Object.entries(lock)) {
      assert.match(version, /^v?\d+\.\d+\.\d+(-[\w.]+)?$/, name);
      assert.equal([repository, archive, manifests].filter((source) => source !== undefined).length, 1, name);
    }
  });

  it("refuses a chart that is not in the lock, naming it and the file", () => {
    assert.throws(() => lockedChart(lock, "constructor"), {
      name: "InvalidInput",
      message: /constructor: not in the lock — must be one of the charts of versions.charts\.json; pin/,
    });
  });

  it("provides every capability that there is a word for", () => {
    const provided = COMPONENTS.flatMap(({ stages }) => stages.flatMap(({ provides = [] }) => provides));
    assert.deepEqual([...new Set(provided)].sort(), Object.keys(CAPABILITIES).sort());
  });
});

describe("the reference of components", () => {
  it("has what each is, in a sentence, and what it needs of others, none of itself", () => {
    for (const component of COMPONENTS) {
      assert.match(component.description, /^[A-Z].*\.$/, component.name);
      const provides = providedBy(component);
      const own = neededBy(component).filter((need) => provides.includes(need));
      assert.deepEqual(own, [], component.name);
    }
  });

  it("has the bill of images of a platform, sorted and each once", () => {
    const images = imagesOf(COMPONENTS);
    assert.deepEqual(images, [...new Set(images)].sort());
    for (const image of [
      "quay.io/metallb/speaker",
      "quay.io/piraeusdatastore",
      "registry.k8s.io/cluster-api/cluster-api-controller",
    ]) {
      assert.ok(images.includes(image), image);
    }
  });
});
