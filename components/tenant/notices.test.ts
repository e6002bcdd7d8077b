import * as assert from "node:assert/strict";
import { describe as text } from "../core/problem";
import type { TenantClusterArgs } from "./args.generated";
import { installedAddons } from "./addons/index";
import { notices } from "./notices";
import { planTenant } from "./tenant-plan";
import { tenantOf } from "./tenant.fixture";

const machine = { cpus: 1, memory: "1Gi", image: "registry.example/node:v1.34.1" };

function noticesOf(change: Partial<TenantClusterArgs>, addons = installedAddons(tenantOf())): string[] {
  return notices(tenantOf({ addons: { csi: { enabled: false } }, ...change }), addons).map((each) => text(each).trim());
}

describe("what a tenant's owner is warned about", () => {
  it("is nothing where everything is as it seems", () => {
    assert.deepEqual(noticesOf({ nodePools: { p: { ...machine, replicas: 2 } } }), []);
  });

  // only minors were compared: a cluster of v1.34.2 ran nodes of v1.34.1 and called them v1.34.2
  it("is which machines run another version than the control plane", () => {
    assert.deepEqual(noticesOf({ kubernetesVersion: "v1.34.2", nodePools: { p: { ...machine, replicas: 2 } } }), [
      "tenant.nodePools.p.image: registry.example/node:v1.34.1 — its machines run v1.34.1, not v1.34.2 as the control plane; for the same version use an image of v1.34.2",
    ]);
  });

  it("is that there are no volumes, unless somebody chose that", () => {
    const change = (csi: object) => ({ addons: { csi }, nodePools: { p: { ...machine, replicas: 2 } } });
    assert.deepEqual(noticesOf(change({})), [
      "tenant.addons.csi: no image — the cluster has no StorageClass: claims of volumes wait for ever; give an image, or set enabled to false",
    ]);
    assert.deepEqual(noticesOf(change({ enabled: false })), []);
  });

  it("is part of the plan", () => {
    assert.equal(planTenant(tenantOf()).notices.length, 1);
  });
});
