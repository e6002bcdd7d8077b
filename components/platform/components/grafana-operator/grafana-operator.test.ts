import * as assert from "node:assert/strict";
import { at, plan, valuesOf } from "../../platform.fixture";

describe("grafana-operator", () => {
  const planned = plan({ change: { components: { "grafana-operator": { enabled: true } } } });

  it("sees its own namespace alone: elsewhere it would read Secrets", () => {
    const values = valuesOf(planned, "grafana-operator");
    assert.equal(at(values, "namespaceScope"), true);
    // with the scope alone its role is one of the whole cluster: templates/rbac.yaml of the chart
    assert.equal(at(values, "rbac.useClusterRole"), false);
    assert.equal(at(values, "securityContext.runAsNonRoot"), true);
  });
});
