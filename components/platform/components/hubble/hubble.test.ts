import * as assert from "node:assert/strict";
import { at, objectOf, plan, valuesOf } from "../../platform.fixture";

describe("hubble", () => {
  const planned = plan({ change: { components: { hubble: { enabled: true } } } });
  const value = (path: string) => at(valuesOf(planned, "cilium"), path);

  it("is off, with everything that belongs to it, unless it is asked for", () => {
    assert.deepEqual(valuesOf(plan(), "cilium")["hubble"], { enabled: false });
    assert.throws(() => objectOf(plan(), "hubble-agents-certificate"), /no object of the plan/);
  });

  it("has agents and the relay show each other certificates of the cloud's authority, which it makes", () => {
    assert.equal(value("hubble.tls.auto.enabled"), false);
    for (const path of ["hubble.tls.server.existingSecret", "hubble.relay.tls.client.existingSecret"]) {
      const certificate = objectOf(planned, `${String(value(path))}-certificate`);
      assert.equal(certificate.metadata.namespace, "cilium");
      assert.equal(at(certificate, "spec.secretName"), value(path));
      assert.equal(at(certificate, "spec.issuerRef.name"), "firmament-ca");
      assert.equal(at(certificate, "spec.isCA"), undefined);
    }
    // names by which the relay checks agents: cilium, install/kubernetes/cilium/templates/hubble/tls-certmanager
    assert.deepEqual(at(objectOf(planned, "hubble-agents-certificate"), "spec.dnsNames"), [
      "*.default.hubble-grpc.cilium.io",
    ]);
  });

  it("lets the relay, and nothing else in pods there, go to the agents of all machines", () => {
    const policy = planned.namespaces["cilium"]?.protection.find(({ resource }) => resource === "cilium-platform");
    assert.match(JSON.stringify(policy?.object.spec), /192\.0\.2\.0\/24.*"port":4244/);
  });
});
