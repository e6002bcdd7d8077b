import * as assert from "node:assert/strict";
import type { TenantClusterArgs } from "../../args.generated";
import { tenantArgs, tenantOf } from "../../tenant.fixture";
import { joinOf } from "../../pool.fixture";
import { planTenant } from "../../tenant-plan";
import { kubeletCertificates } from ".";

function valuesOf(change: Partial<TenantClusterArgs> = {}): Record<string, unknown> {
  const found = kubeletCertificates.cluster?.(tenantOf(change)).releases[0];
  assert.ok(found !== undefined);
  return found.values({ host: "198.51.100.7", port: 6443 });
}

const allowed = (change: Partial<TenantClusterArgs> = {}) => new RegExp(String(valuesOf(change)["providerRegex"]));
const pool = tenantArgs().nodePools["small"];

describe("certificates of a tenant's kubelets", () => {
  it("are asked for by every kubelet, and approved by an add-on beside it", () => {
    for (const pool of planTenant(tenantOf()).nodePools) {
      const { kubeletExtraArgs } = joinOf(pool).joinConfiguration.nodeRegistration;
      assert.ok(kubeletExtraArgs.some(({ name, value }) => name === "rotate-server-certificates" && value === "true"));
    }
  });

  it("are for names of the tenant's own machines", () => {
    for (const name of ["acme-small-x7k2p-9dq4z", "acme-spot-abcde-fghij"]) assert.match(name, allowed());
    for (const name of [
      "acme-large-x7k2p-9dq4z",
      "globex-small-x7k2p-9dq4z",
      "xacme-small-a",
      "acme-small",
      "kubernetes",
    ])
      assert.doesNotMatch(name, allowed());
  });

  it("are for machines whose names Cluster API has cut", () => {
    assert.ok(pool !== undefined);
    const change = { name: "a".repeat(40), nodePools: { ["b".repeat(40)]: pool } };
    const [deployment] = planTenant(tenantOf(change)).nodePools;
    const cut = (name: string) => `${`${name}-`.slice(0, 58)}x7k2p`;
    const machine = cut(cut(deployment?.machineDeployment.metadata.name ?? ""));
    assert.equal(machine.length, 63);
    assert.match(machine, allowed(change));
  });

  it("are for no name at all where there is no pool: without a pattern every name would do", () => {
    assert.doesNotMatch("acme-small-x7k2p", allowed({ nodePools: {} }));
  });

  it("are for addresses of the management cluster", () => {
    assert.deepEqual(valuesOf()["providerIpPrefixes"], ["10.244.0.0/16", "192.0.2.0/24"]);
    const outerNetwork = { network: "10.244.0.0/16", mtu: 1400 };
    const known = valuesOf({ platform: { ...tenantArgs().platform, outerNetwork } });
    assert.deepEqual(known["providerIpPrefixes"], ["10.244.0.0/16"]);
  });
});
