import * as assert from "node:assert/strict";
import { PACKAGE_ROOT } from "../../core/package-root";
import { readKeys, unknownKeys } from "../../platform/charts/keys";
import { lockedChart, readChartLock } from "../../platform/charts/lock";
import type { TenantClusterArgs } from "../args.generated";
import { planTenant } from "../tenant-plan";
import { tenantArgs, tenantOf } from "../tenant.fixture";

const { platform } = tenantArgs();

/** Tenants that between them have every chart of the lock that a tenant can have. */
const TENANTS: Readonly<Record<string, Partial<TenantClusterArgs>>> = {
  "a tenant": {},
  "a tenant of production": { tier: "production" },
  "a tenant with a mirror": { platform: { ...platform, mirror: { images: "registry.example/mirror" } } },
};

describe("values that add-ons set", () => {
  const lock = readChartLock(PACKAGE_ROOT);

  for (const [what, change] of Object.entries(TENANTS)) {
    it(`are all read by the charts of ${what}`, () => {
      const releases = planTenant(tenantOf(change)).addons.flatMap(({ cluster }) => cluster?.releases ?? []);
      const checked = releases.flatMap(({ chart: { chart }, values }) => {
        const keys = readKeys(PACKAGE_ROOT, chart, lockedChart(lock, chart));
        if (keys === undefined) return [];
        assert.deepEqual(unknownKeys(values({ host: "198.51.100.7", port: 6443 }), keys, chart, chart), []);
        return [chart];
      });
      assert.deepEqual(checked.sort(), ["cilium", "kubelet-csr-approver", "metrics-server"]);
    });
  }
});
