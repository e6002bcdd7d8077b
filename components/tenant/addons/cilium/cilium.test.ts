import * as assert from "node:assert/strict";
import { tenantArgs, tenantOf } from "../../tenant.fixture";
import type { TenantClusterArgs } from "../../args.generated";
import { cilium } from ".";

function release(change: Partial<TenantClusterArgs> = {}) {
  const found = cilium.cluster?.(tenantOf(change)).releases[0];
  assert.ok(found !== undefined);
  return found;
}
const api = { host: "198.51.100.7", port: 6443 };

describe("the pod network of a tenant", () => {
  it("is the chart that the platform published", () => {
    const podNetwork = { repository: "oci://charts.example", chart: "cilium", version: "1.18.9" };
    assert.deepEqual(release({ platform: { ...tenantArgs().platform, podNetwork } }).chart, podNetwork);
  });

  it("reaches the API by its address, for it is what provides Services", () => {
    const values = release().values(api);
    assert.deepEqual([values["k8sServiceHost"], values["k8sServicePort"]], [api.host, api.port]);
    assert.equal(values["kubeProxyReplacement"], true);
  });

  it("fits its packets and its tunnel into the management cluster's network", () => {
    const { MTU, tunnelPort } = release().values(api);
    assert.deepEqual([MTU, tunnelPort], [1400, 8473]);
    assert.equal(release({ addons: { cilium: { mtu: 8850 } } }).values(api)["MTU"], 8900);
    const outerNetwork = { network: "10.244.0.0/16", mtu: 8900, tunnelPorts: [6081] };
    assert.equal(release({ platform: { ...tenantArgs().platform, outerNetwork } }).values(api)["MTU"], 8900);
  });

  it("takes its images from a mirror, without digests that a mirror may have changed, and else by the chart's own", () => {
    const mirror = { images: "registry.example/mirror" };
    const values = release({ platform: { ...tenantArgs().platform, mirror } }).values(api);
    assert.deepEqual(values["image"], { repository: "registry.example/mirror/cilium/cilium", useDigest: false });
    assert.deepEqual((values["operator"] as { image: unknown }).image, {
      repository: "registry.example/mirror/cilium/operator",
      useDigest: false,
    });
    assert.ok(!("image" in release().values(api)));
  });
});
