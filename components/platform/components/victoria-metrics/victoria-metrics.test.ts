import * as assert from "node:assert/strict";
import { at, objectOf, parsed, plan, valuesOf } from "../../platform.fixture";

const components = { "victoria-metrics": { enabled: true } };

describe("victoria-metrics", () => {
  const planned = plan({ change: { components, monitoring: { retention: "90d", storage: "200Gi" } } });

  it("keeps measurements as long as settings say, on a volume of the local class", () => {
    const spec = objectOf(planned, "metrics-volume-store").spec as Record<string, unknown>;
    assert.equal(spec["retentionPeriod"], "90d");
    assert.equal(at(spec, "storage.storageClassName"), "local");
    assert.equal(at(spec, "storage.resources.requests.storage"), "200Gi");
  });

  it("has the agent write to that store, by the name that the operator gives its Service", () => {
    const { name, namespace } = objectOf(planned, "metrics-volume-store").metadata;
    assert.equal(
      at(objectOf(planned, "metrics-agent"), "spec.remoteWrite.0.url"),
      `http://vmsingle-${name}.${namespace}.svc:8428/api/v1/write`,
    );
  });

  it("lets the agent reach kubelets, and checks objects by a webhook with the cloud's certificate", () => {
    const protection = planned.namespaces["victoria-metrics"]?.protection ?? [];
    const policy = protection.find(({ resource }) => resource === "victoria-metrics-platform");
    assert.match(JSON.stringify(policy?.object.spec), /192\.0\.2\.0\/24.*10250/);
    assert.deepEqual(at(valuesOf(planned, "victoria-metrics-operator"), "admissionWebhooks.certManager.issuer"), {
      name: "firmament-ca",
      kind: "ClusterIssuer",
    });
  });

  it("is refused with a time or a size that is none", () => {
    const refused = (monitoring: object, message: RegExp) =>
      assert.throws(() => parsed({ components, monitoring }), { name: "InvalidInput", message });
    refused({ retention: "forever" }, /monitoring\.retention: .*forever.* — must be a number of days/);
    refused({ storage: "much" }, /monitoring\.storage: .*much.* — must be a quantity/);
  });
});
