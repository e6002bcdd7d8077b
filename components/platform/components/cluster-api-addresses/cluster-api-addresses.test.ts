import * as assert from "node:assert/strict";
import { CLUSTER_API_PROVIDERS } from "../../../../versions/cluster-api";
import { at, objectOf, plan } from "../../platform.fixture";

describe("cluster-api-addresses", () => {
  const components = { "cluster-api-addresses": { enabled: true } };

  it("is installed by the operator, in the namespace that its own manifests name, once the core is there", () => {
    const planned = plan({ change: { components } });
    const made = objectOf(planned, "IPAMProvider-in-cluster");
    assert.equal(made.metadata.namespace, "capi-ipam-in-cluster-system");
    assert.equal(at(made, "spec.version"), `v${CLUSTER_API_PROVIDERS["ipam-in-cluster"].version}`);
    assert.ok(planned.stages.find(({ name }) => name === "cluster-api-addresses")?.after.includes("cluster-api"));
  });

  it("is not there unless it is asked for", () => {
    assert.throws(() => objectOf(plan(), "IPAMProvider-in-cluster"), /no object of the plan/);
  });
});
