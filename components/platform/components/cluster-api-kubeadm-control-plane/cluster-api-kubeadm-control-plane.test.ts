import * as assert from "node:assert/strict";
import { CLUSTER_API_PROVIDERS } from "../../../../versions/cluster-api";
import { at, objectOf, plan } from "../../platform.fixture";

describe("cluster-api-kubeadm-control-plane", () => {
  it("is of the core's release, in the namespace that its own manifests name", () => {
    const made = objectOf(
      plan({ change: { components: { "cluster-api-kubeadm-control-plane": { enabled: true } } } }),
      "ControlPlaneProvider-kubeadm",
    );
    assert.equal(made.metadata.namespace, "capi-kubeadm-control-plane-system");
    assert.equal(at(made, "spec.version"), `v${CLUSTER_API_PROVIDERS.core.version}`);
  });
});
