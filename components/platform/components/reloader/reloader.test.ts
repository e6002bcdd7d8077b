import * as assert from "node:assert/strict";
import { at, parsed, plan, valuesOf } from "../../platform.fixture";

const components = { reloader: { enabled: true } };

describe("reloader", () => {
  it("reads Secrets of the namespaces that settings name, and of no others", () => {
    const operations = { reloadedNamespaces: ["piraeus-datastore"] };
    const values = valuesOf(plan({ change: { components, operations } }), "reloader");
    assert.equal(at(values, "reloader.watchGlobally"), false);
    assert.deepEqual(at(values, "reloader.namespaces"), ["piraeus-datastore"]);
    assert.equal(at(values, "reloader.enableHA"), true);
  });

  it("is refused without one", () => {
    assert.throws(
      () => parsed({ components }),
      /platform\.operations\.reloadedNamespaces: none — names where reloader restarts workloads/,
    );
  });
});
