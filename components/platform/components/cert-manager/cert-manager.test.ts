import * as assert from "node:assert/strict";
import { at, objectOf, plan, valuesOf } from "../../platform.fixture";

const value = (path: string, change: object = {}) => at(valuesOf(plan({ change }), "cert-manager"), path);

describe("cert-manager", () => {
  it("runs two of each part in production, and one in development", () => {
    for (const part of ["", "webhook.", "cainjector."]) {
      assert.equal(value(`${part}replicaCount`), 2);
      assert.equal(value(`${part}podDisruptionBudget.enabled`), true);
      assert.equal(value(`${part}replicaCount`, { tier: "development" }), 1);
      assert.equal(value(`${part}podDisruptionBudget`, { tier: "development" }), undefined);
    }
  });

  it("elects its leader in its own namespace, and keeps its CRDs", () => {
    assert.equal(value("global.leaderElection.namespace"), "cert-manager");
    assert.equal(value("crds.keep"), true);
  });

  it("signs the cloud's authority by a root of its own, named by the cluster", () => {
    const planned = plan();
    const certificate = objectOf(planned, "firmament-ca-certificate");
    assert.equal(at(certificate, "spec.commonName"), "berlin cloud CA");
    assert.equal(at(certificate, "spec.issuerRef.name"), objectOf(planned, "selfsigned").metadata.name);
    assert.equal(at(objectOf(planned, "firmament-ca"), "spec.ca.secretName"), at(certificate, "spec.secretName"));
  });

  it("takes its images from the mirror, which takes the place of their host", () => {
    assert.equal(value("imageRegistry", { mirror: { images: "registry.example/mirror/" } }), "registry.example/mirror");
  });
});
