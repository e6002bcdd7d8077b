import * as assert from "node:assert/strict";
import { at, objectOf, plan } from "../../platform.fixture";

const PROVIDERS = [
  "CoreProvider-cluster-api",
  "BootstrapProvider-kubeadm",
  "ControlPlaneProvider-kamaji",
  "InfrastructureProvider-kubevirt",
];

describe("cluster-api", () => {
  it("keeps the core provider where bindings of the others expect it", () => {
    const { name, namespace } = objectOf(plan(), "CoreProvider-cluster-api").metadata;
    assert.deepEqual([name, namespace], ["cluster-api", "capi-system"]);
  });

  it("downloads providers from a mirror of their components alone, past GitHub's limit for those without a token", () => {
    const planned = plan({ change: { mirror: { providers: "registry.example/capi" } } });
    for (const name of PROVIDERS) {
      const made = objectOf(planned, name);
      assert.match(String(at(made, "spec.fetchConfig.oci")), /^registry\.example\/capi\/cluster-api-providers\//);
      assert.equal(at(made, "spec.deployment.containers.0.imageUrl"), undefined);
    }
  });

  it("takes components and images of all providers from the mirror, and neither without one", () => {
    const mirrored = plan({ change: { mirror: { images: "registry.example/mirror/" } } });
    for (const name of PROVIDERS) {
      const made = objectOf(mirrored, name);
      assert.match(
        String(at(made, "spec.fetchConfig.oci")),
        /^registry\.example\/mirror\/cluster-api-providers\/[a-z]+-[a-z-]+:v\d/,
      );
      assert.match(
        String(at(made, "spec.deployment.containers.0.imageUrl")),
        /^registry\.example\/mirror\/[\w/-]+:v\d+\.\d+\.\d+$/,
      );
      const plain = objectOf(plan(), name);
      assert.equal(at(plain, "spec.fetchConfig"), undefined);
      assert.equal(at(plain, "spec.deployment.containers.0.imageUrl"), undefined);
    }
  });
});
