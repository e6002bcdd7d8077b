import * as assert from "node:assert/strict";
import { container, deployment, object, secured } from "../../engine/library/examples";
import { findingsOf } from "../../../test/support/rule-cases";

async function severities(rule: string, given: object): Promise<string[]> {
  return (await findingsOf(rule, given)).map(({ severity }) => severity);
}

const tagged = "registry.example/shop/web:1.4.2";
const budget = {
  resources: [object("policy/v1beta1", "PodDisruptionBudget", { spec: {} })],
};

describe("the severity of a finding", () => {
  it("is low for an API that is deprecated but served, that of the rule once it is gone", async () => {
    assert.deepEqual(await severities("api-deprecated", { ...budget, config: { kubernetes: "v1.24" } }), ["low"]);
    assert.deepEqual(await severities("api-deprecated", { ...budget, config: { kubernetes: "v1.25" } }), ["medium"]);
  });

  it("is higher for images that run with the rights of the node, or hold the keys of a cluster", async () => {
    assert.deepEqual(await severities("image-digest", deployment({ containers: [container({ image: tagged })] })), [
      "medium",
    ]);
    const agent = { ...secured({ privileged: true }), image: tagged };
    assert.deepEqual(await severities("image-digest", deployment({ containers: [agent] })), ["high"]);
    const hosted = {
      apiVersion: "controlplane.cluster.x-k8s.io/v1alpha1",
      kind: "KamajiControlPlane",
      metadata: { name: "acme", namespace: "tenant-acme" },
      spec: { deployment: { extraContainers: [{ name: "audit", image: tagged }] } },
    };
    assert.deepEqual(await severities("image-digest", hosted), ["high"]);
  });

  it("is high for members that need a majority and may share a node", async () => {
    const etcd = (replicas: number, kind = "StatefulSet", image = "quay.io/coreos/etcd:v3.6.5") => ({
      ...deployment({ containers: [container({ image })], topologySpreadConstraints: undefined }, { replicas }),
      kind,
    });
    assert.deepEqual(await severities("topology-spread", etcd(3)), ["high"]);
    assert.deepEqual(await severities("topology-spread", etcd(2)), ["low"]);
    assert.deepEqual(await severities("topology-spread", etcd(3, "Deployment")), ["low"]);
    assert.deepEqual(await severities("topology-spread", etcd(3, "StatefulSet", "registry.example/web:1")), ["low"]);
    const own = { resources: [etcd(3, "StatefulSet", "registry.example/ledger:1")] };
    const params = { "topology-spread": { quorum: ["ledger"] } };
    assert.deepEqual(await severities("topology-spread", { ...own, params }), ["high"]);
  });
});
