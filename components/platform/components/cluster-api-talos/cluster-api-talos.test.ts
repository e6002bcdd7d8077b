import * as assert from "node:assert/strict";
import { CLUSTER_API_PROVIDERS } from "../../../../versions/cluster-api";
import { at, objectOf, plan } from "../../platform.fixture";

describe("cluster-api-talos", () => {
  const components = { "cluster-api-talos": { enabled: true } };

  it("is installed by the operator, in the namespace that its own manifests name, once the core is there", () => {
    const planned = plan({ change: { components } });
    const made = objectOf(planned, "BootstrapProvider-talos");
    assert.equal(made.metadata.namespace, "cabpt-system");
    assert.equal(at(made, "spec.version"), `v${CLUSTER_API_PROVIDERS["bootstrap-talos"].version}`);
    assert.ok(planned.stages.find(({ name }) => name === "cluster-api-talos")?.after.includes("cluster-api"));
  });

  it("is not there unless it is asked for", () => {
    assert.throws(() => objectOf(plan(), "BootstrapProvider-talos"), /no object of the plan/);
  });
});
