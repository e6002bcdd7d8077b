import * as assert from "node:assert/strict";
import { at, objectOf, plan } from "../../platform.fixture";

const spec = (path: string, change: object = {}) => at(objectOf(plan({ change }), "kubevirt"), `spec.${path}`);

describe("kubevirt", () => {
  it("opens no gate that gives a guest parts of its host", () => {
    const gates = spec("configuration.developerConfiguration.featureGates") as string[];
    for (const gate of ["HostDisk", "Root", "Sidecar", "HostDevices", "VSOCK"]) assert.ok(!gates.includes(gate));
    for (const gate of ["NodeRestriction", "KubevirtSeccompProfile"]) assert.ok(gates.includes(gate));
  });

  it("runs two of its controllers in production, and one in development", () => {
    assert.equal(spec("infra.replicas"), 2);
    assert.equal(spec("infra.replicas", { tier: "development" }), 1);
  });

  it("takes its images from the mirror", () => {
    const mirror = { images: "registry.example/mirror/" };
    assert.equal(spec("imageRegistry", { mirror }), "registry.example/mirror/kubevirt");
    assert.equal(spec("imageRegistry"), undefined);
  });
});
