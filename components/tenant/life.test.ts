import * as assert from "node:assert/strict";
import { describe as text } from "../core/problem";
import { only, type Registration, run } from "../../test/support/registrations";
import type { TenantAddon } from "./addon";
import { lifeProblems, started } from "./life";
import { TenantCluster } from "./tenant-cluster";
import { planTenant } from "./tenant-plan";
import { tenantArgs, tenantOf, world } from "./tenant.fixture";

const CONTROL_PLANE = "kubernetes:controlplane.cluster.x-k8s.io/v1alpha2:KamajiControlPlane";
const DEPLOYMENT = "kubernetes:cluster.x-k8s.io/v1beta2:MachineDeployment";
const GATE = "pulumi.com/waitFor";

const workload: TenantAddon = {
  name: "cloud",
  description: "",
  provides: ["pod-network"],
  needs: [],
  management: () => ({
    objects: [
      {
        suffix: "cloud",
        object: {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "c" },
          spec: { replicas: 2, paused: false },
        },
      },
      {
        suffix: "rights",
        object: { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name: "c" } },
      },
    ],
    networkPolicies: [],
    demand: { cpu: 0, memory: 0, pods: 0 },
  }),
};

const deploy = (change: object) => run(() => ({ tenant: new TenantCluster("acme", tenantArgs(change)) }), world);
const dependsOn = (resources: readonly Registration[], type: string, name?: string) =>
  only(resources, type, name).dependsOn;
const notices = (change: object) => planTenant(tenantOf(change)).notices.map((each) => text(each).trim());

describe("a cluster that is paused", () => {
  const plan = planTenant(tenantOf({ paused: true }));

  it("says so in its Cluster; one that is not says nothing, which would stay", () => {
    assert.equal(plan.cluster.spec.paused, true);
    assert.ok(!("paused" in planTenant(tenantOf({ paused: false })).cluster.spec));
  });

  it("is waited for by nobody", () => {
    for (const { metadata } of [
      plan.controlPlane,
      ...plan.nodePools.map(({ machineDeployment }) => machineDeployment),
    ]) {
      assert.ok(!(GATE in (metadata.annotations ?? {})), metadata.name);
    }
  });

  it("says at each preview that nothing will be reconciled", () => {
    assert.match(
      notices({ paused: true })[0] ?? "",
      /^tenant\.paused: true — nothing will be reconciled: .*; set it to false/,
    );
  });

  it("is not begun to be deleted, in whatever tier", async () => {
    const kept = async (paused: boolean) => {
      const { resources } = await deploy({ paused, tier: "development" });
      return resources.filter(({ protect }) => protect).map(({ name }) => name);
    };
    assert.deepEqual(await kept(true), ["acme-retire-with-paused-false"]);
    assert.deepEqual(await kept(false), []);
  });
});

describe("a cluster that sleeps", () => {
  const plan = planTenant(tenantOf({ hibernated: true }), [workload]);

  it("has no machines, also where an autoscaler would decide, no API servers, and no pods of add-ons", () => {
    assert.deepEqual(
      plan.nodePools.map(({ machineDeployment: { spec } }) => spec.replicas),
      [0, 0],
    );
    const annotations = plan.nodePools.flatMap(({ machineDeployment }) =>
      Object.keys(machineDeployment.metadata.annotations ?? {}),
    );
    assert.deepEqual(annotations, [GATE, GATE]);
    assert.equal(plan.controlPlane.spec.replicas, 0);
    const [deployment, role] = plan.addons[0]?.management?.objects ?? [];
    assert.deepEqual(deployment?.object["spec"], { replicas: 0, paused: false });
    assert.ok(!("spec" in (role?.object ?? {})));
  });

  it("keeps its templates, its quota and what its health checks look for", () => {
    const awake = planTenant(tenantOf(), [workload]);
    assert.deepEqual(plan.isolation, awake.isolation);
    const templates = ({ nodePools }: typeof plan) =>
      nodePools.map((pool) => [pool.machineTemplate, pool.bootstrapTemplate]);
    assert.deepEqual(templates(plan), templates(awake));
  });

  it("lets machines go while the API is there, and makes them when it is there again", async () => {
    const asleep = (await deploy({ hibernated: true })).resources;
    assert.ok(dependsOn(asleep, CONTROL_PLANE).includes("acme-small-machines"));
    assert.ok(!dependsOn(asleep, DEPLOYMENT, "acme-small-machines").includes("acme-control-plane"));
    const awake = (await deploy({})).resources;
    assert.ok(dependsOn(awake, DEPLOYMENT, "acme-small-machines").includes("acme-control-plane"));
    const gate = (resources: readonly Registration[]) =>
      (only(resources, CONTROL_PLANE).inputs["metadata"] as { annotations: Record<string, string> }).annotations[GATE];
    assert.equal(gate(asleep), '["jsonpath={.status.ready}=false","jsonpath={.status.replicas}=0"]');
    // the same resources under the same names: nothing is replaced on the way
    assert.deepEqual(asleep.map(({ name }) => name).sort(), awake.map(({ name }) => name).sort());
  });

  it("says at each preview what sleeps and what stays", () => {
    assert.match(
      notices({ hibernated: true })[0] ?? "",
      /^tenant\.hibernated: true — sleeps: machines of small, machines of spot, API servers, clusterAutoscaler, cloudController\. Its state, its volumes, .*; set it to false/,
    );
  });
});

describe("a cluster that is paused or sleeps", () => {
  it("is started by its first deployment, which says so", () => {
    const first = started(tenantOf({ hibernated: true }), false);
    assert.equal(first.tenant.hibernated, false);
    assert.match(text(first.notices[0] ?? never()), /tenant\.hibernated: true — .*this deployment starts it/);
    const paused = tenantOf({ paused: true });
    assert.deepEqual(started(paused, true), { tenant: paused, notices: [] });
  });

  it("is refused what it cannot do, all at once", () => {
    const deployed = { version: "v1.34.0", pools: ["old", "small"] };
    const of = (change: object) =>
      lifeProblems({ ...tenantOf(), ...change }, deployed).map((each) => text(each).trim());
    const paused = of({ paused: true });
    assert.equal(paused.length, 2);
    assert.match(paused[0] ?? "", /kubernetesVersion: v1\.34\.1 — must stay v1\.34\.0 while the cluster is paused/);
    assert.match(paused[1] ?? "", /nodePools\.old: left out — cannot be removed while the cluster is paused/);
    const asleep = of({ hibernated: true });
    assert.equal(asleep.length, 1);
    assert.match(asleep[0] ?? "", /must stay v1\.34\.0 while the cluster sleeps/);
    assert.deepEqual(of({}), []);
    assert.throws(
      () => tenantOf({ paused: true, hibernated: true }),
      /tenant\.hibernated: true — a paused cluster neither/,
    );
  });
});

function never(): never {
  throw new Error("nothing was said");
}
