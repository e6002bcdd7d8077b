import * as assert from "node:assert/strict";
import { TaintEffect } from "./args.generated";
import { tenantOf } from "./tenant.fixture";
import { planTenant } from "./tenant-plan";

const image = "registry.example/node:v1.34.1";

/** Pools with what settings had before there were more of them. */
const nodePools = {
  small: { replicas: 2, cpus: 1, memory: "4Gi", image },
  spot: { autoscaling: { min: 0, max: 4 }, cpus: 2, memory: "8Gi", image },
  stateful: {
    replicas: 3,
    cpus: 4,
    memory: "16Gi",
    image,
    disk: { size: "50Gi", storageClass: "fast" },
    drainTimeoutSeconds: 900,
  },
  gpu: {
    replicas: 1,
    cpus: 4,
    memory: "32Gi",
    image,
    labels: { "example.com/purpose": "gpu", "node-role.kubernetes.io/gpu": "" },
    taints: [{ key: "nvidia.com/gpu", value: "present", effect: TaintEffect.NoSchedule }],
  },
};

// A name that changes replaces every machine of the pool. These are deployed: a new setting must not change them where
// it is left out. A deliberate change of what all machines are belongs into the changelog, and its names here.
describe("names of templates", () => {
  it("stay as they are deployed, whatever settings there are beside", () => {
    const names = planTenant(tenantOf({ nodePools }), []).nodePools.map(
      ({ pool, machineTemplate, bootstrapTemplate }) => [
        pool,
        machineTemplate.metadata.name,
        bootstrapTemplate.metadata.name,
      ],
    );
    assert.deepEqual(names, [
      ["gpu", "acme-gpu-89b18325", "acme-gpu-f3060ae1"],
      ["small", "acme-small-16ae1110", "acme-small-d2f5279e"],
      ["spot", "acme-spot-42a89cd3", "acme-spot-2729d011"],
      ["stateful", "acme-stateful-0bd69c3f", "acme-stateful-0d34fa9c"],
    ]);
  });
});
