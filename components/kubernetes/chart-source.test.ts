import * as assert from "node:assert/strict";
import { chartSource } from "./chart-source";

describe("the source of a chart", () => {
  const chart = "metrics";
  const version = "1.2.3";

  it("is a Helm repository by its URL", () => {
    const repository = "https://charts.example/stable";
    assert.deepEqual(chartSource({ chart, version, repository }), {
      chart,
      version,
      repositoryOpts: { repo: repository },
    });
  });

  it("is an oci reference that ends in the chart's name, with or without a slash in the settings", () => {
    for (const repository of ["oci://registry.example/charts", "oci://registry.example/charts//"]) {
      assert.deepEqual(chartSource({ chart, version, repository }), {
        chart: "oci://registry.example/charts/metrics",
        version,
      });
    }
  });

  it("is a file of the project where there is no repository", () => {
    assert.deepEqual(chartSource({ chart, version, folder: "vendored" }), {
      chart: "./vendored/metrics-1.2.3.tgz",
      version,
    });
  });
});
