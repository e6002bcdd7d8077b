import * as assert from "node:assert/strict";
import { at, plan, valuesOf } from "../../platform.fixture";

describe("metrics-server", () => {
  const planned = plan({ change: { components: { "metrics-server": { enabled: true } } } });
  const value = (path: string) => at(valuesOf(planned, "metrics-server"), path);

  it("is checked by the API servers, and goes to kubelets alone", () => {
    assert.equal(value("apiService.insecureSkipTLSVerify"), false);
    assert.equal(value("tls.type"), "cert-manager");
    const policy = planned.namespaces["metrics-server"]?.protection.find(
      ({ resource }) => resource === "metrics-server-platform",
    );
    assert.match(JSON.stringify(policy?.object.spec), /192\.0\.2\.0\/24.*10250/);
  });

  /* On the network of machines 10250 is the kubelet's: rules for API servers would open it too (capi: kubelet). */
  it("does not answer at the kubelet's port", () => assert.equal(value("containerPort"), 10_251));
});
