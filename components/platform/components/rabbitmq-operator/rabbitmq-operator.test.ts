import * as assert from "node:assert/strict";
import { plan, valuesOf } from "../../platform.fixture";

describe("rabbitmq-operator", () => {
  const components = { "rabbitmq-operator": { enabled: true } };

  it("takes its image from the mirror", () => {
    const planned = plan({ change: { components, mirror: { images: "registry.example/mirror" } } });
    assert.deepEqual(valuesOf(planned, "rabbitmq-cluster-operator"), { imageRegistry: "registry.example/mirror" });
  });

  it("may ask brokers, in any namespace", () => {
    const protection = plan({ change: { components } }).namespaces["rabbitmq-system"]?.protection ?? [];
    const policy = protection.find(({ resource }) => resource === "rabbitmq-system-platform");
    assert.match(JSON.stringify(policy?.object.spec), /"app\.kubernetes\.io\/component":"rabbitmq".*15672/);
  });
});
