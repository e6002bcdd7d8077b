import * as assert from "node:assert/strict";
import { tenantOuterNetwork } from "../../plan";
import { at, plan, settings, valuesOf } from "../../platform.fixture";

const value = (path: string, change: object = {}) => at(valuesOf(plan({ change }), "kube-ovn-v2"), path);

describe("kube-ovn", () => {
  it("gets the networks of the settings and of the cluster, and its control planes by address", () => {
    assert.equal(value("networking.pods.cidr.v4"), "10.244.0.0/16");
    assert.equal(value("networking.pods.gateways.v4"), "10.244.0.1");
    assert.equal(value("networking.join.cidr.v4"), "100.64.0.0/16");
    assert.equal(value("networking.services.cidr.v4"), "10.96.0.0/16");
    assert.deepEqual(value("masterNodes"), ["192.0.2.11", "192.0.2.12", "192.0.2.13"]);
    assert.equal(value("namespace"), "kube-ovn");
  });

  it("finds out by itself what fits into a packet, unless the network between machines is known", () => {
    assert.equal(value("networking.pods.mtu"), undefined);
    const networking = { ...settings.platform.networking, machineMtu: 9000 };
    assert.equal(value("networking.pods.mtu", { networking }), 8900);
    assert.equal(tenantOuterNetwork(plan({ change: { networking } }))?.mtu, 8900);
    assert.equal(tenantOuterNetwork(plan())?.mtu, 1400);
  });

  it("leaves Services and policies to others", () => {
    assert.equal(value("features.enableLoadbalancer"), false);
    assert.equal(value("features.enableNetworkPolicies"), false);
  });

  it("needs nothing that Talos refuses: no kernel modules, no files outside /var", () => {
    assert.equal(value("ovsOvn.disableModulesManagement"), true);
    for (const directory of ["ovsDirectory", "ovnDirectory", "ovsIpsecKeysDirectory"]) {
      assert.match(String(value(`ovsOvn.${directory}`)), /^\/var\//);
    }
  });

  it("takes its images from the mirror", () => {
    const mirror = { images: "registry.example/mirror/" };
    assert.equal(value("global.registry.address", { mirror }), "registry.example/mirror/kubeovn");
  });
});
