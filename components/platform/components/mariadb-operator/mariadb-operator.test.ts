import * as assert from "node:assert/strict";
import { at, plan, valuesOf } from "../../platform.fixture";

describe("mariadb-operator", () => {
  const planned = plan({ change: { components: { "mariadb-operator": { enabled: true } } } });
  const value = (path: string) => at(valuesOf(planned, "mariadb-operator"), path);

  it("gets the certificate of its webhook from the cloud's authority, not from a controller that changes webhooks", () => {
    assert.equal(value("certController.enabled"), false);
    assert.deepEqual(value("webhook.cert.certManager.issuerRef"), { name: "firmament-ca", kind: "ClusterIssuer" });
  });

  it("runs two copies of each part in production, as nobody's user", () => {
    for (const part of ["", "webhook."]) {
      assert.deepEqual(value(`${part}ha`), { enabled: true, replicas: 2 });
      assert.equal(value(`${part}securityContext.runAsNonRoot`), true);
    }
  });
});
