import * as assert from "node:assert/strict";
import type { NodePoolArgs, TenantClusterArgs } from "./args.generated";
import { planNodePool, type NodePoolPlan } from "./node-pool-plan";
import { tenantOf } from "./tenant.fixture";

export const image = "registry.example/node:v1.34.1";

/** A pool of two machines, as arguments. */
export const poolArgs = (change: Partial<NodePoolArgs> = {}): NodePoolArgs => ({
  ...("autoscaling" in change ? {} : { replicas: 2 }),
  ...("instanceType" in change ? {} : { cpus: 2, memory: "4Gi" }),
  ...(change.disk?.from === undefined ? { image } : {}),
  ...change,
});

/** How machines of a pool register that kubeadm joins. */
export function joinOf({ bootstrapTemplate }: Pick<NodePoolPlan, "bootstrapTemplate">) {
  const { spec } = bootstrapTemplate.spec.template;
  assert.ok("joinConfiguration" in spec, "kubeadm joins them");
  return spec;
}

/** The virtual machine of a pool in the management cluster. */
export function virtualMachineOf({ machineTemplate }: Pick<NodePoolPlan, "machineTemplate">) {
  const { spec } = machineTemplate.spec.template;
  assert.ok("virtualMachineTemplate" in spec, "KubeVirt runs them");
  return spec.virtualMachineTemplate.spec;
}

/** What is made of such a pool, in a tenant with room for everything. */
export function poolPlan(change: Partial<NodePoolArgs> = {}, tenantChange: Partial<TenantClusterArgs> = {}) {
  const quota = { cpu: "640", memory: "2560Gi", storage: "100Ti", volumes: 1000, pods: 1000 };
  const tenant = tenantOf({ quota, ...tenantChange, nodePools: { p: poolArgs(change) } });
  const pool = tenant.nodePools["p"];
  assert.ok(pool !== undefined);
  const plan = planNodePool(tenant, "p", pool);
  return {
    ...plan,
    tenant,
    machine: virtualMachineOf(plan),
    names: [plan.machineTemplate, plan.bootstrapTemplate].map((each) => each.metadata.name),
  };
}
