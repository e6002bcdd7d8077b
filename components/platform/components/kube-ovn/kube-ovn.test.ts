import * as assert from "node:assert/strict";
import { tenantOuterNetwork } from "../../plan";
import { at, objectOf, parsed, plan, settings, valuesOf } from "../../platform.fixture";

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

  describe("with networks of its own", () => {
    const networking = (more: object) => ({ networking: { ...settings.platform.networking, ...more } });
    const shop = { cidr: "10.50.0.0/24", namespaces: ["shop"] };

    it("has each behind its router, closed to others, and gives it what its pods go out with", () => {
      const change = networking({
        vpcs: { bank: { routes: [{ cidr: "203.0.113.0/24", via: "10.60.0.254" }] } },
        subnets: { shop, vault: { cidr: "10.60.0.0/24", namespaces: ["vault"], vpc: "bank" } },
      });
      const planned = plan({ change });
      const spec = objectOf(planned, "subnet-shop").spec as Record<string, unknown>;
      assert.deepEqual(
        [spec["vpc"], spec["gateway"], spec["private"], spec["natOutgoing"], spec["enableLb"]],
        ["ovn-cluster", "10.50.0.1", true, true, false],
      );
      const vault = objectOf(planned, "subnet-vault").spec as Record<string, unknown>;
      assert.deepEqual([vault["vpc"], vault["natOutgoing"]], ["bank", false]);
      assert.deepEqual(objectOf(planned, "vpc-bank").spec, {
        staticRoutes: [{ cidr: "203.0.113.0/24", nextHopIP: "10.60.0.254", policy: "policyDst" }],
      });
    });

    it("may have the same addresses twice behind different routers", () => {
      const twice = { cidr: "10.60.0.0/24" };
      const subnets = {
        a: { ...twice, namespaces: ["a"], vpc: "one" },
        b: { ...twice, namespaces: ["b"], vpc: "two" },
      };
      assert.doesNotThrow(() => parsed(networking({ vpcs: { one: {}, two: {} }, subnets })));
    });

    const refused: Record<string, [more: object, message: RegExp]> = {
      "addresses of the platform's pods": [
        { subnets: { shop: { ...shop, cidr: "10.244.7.0/24" } } },
        /subnets\.shop\.cidr: 10\.244\.7\.0\/24 — must not overlap platform\.networking\.podCidr/,
      ],
      "addresses of another one": [
        { subnets: { shop, bank: { cidr: "10.50.0.128/25", namespaces: ["bank"] } } },
        /subnets\.bank\.cidr: 10\.50\.0\.128\/25 — must not overlap platform\.networking\.subnets\.shop/,
      ],
      "a router that there is not": [
        { subnets: { shop: { ...shop, vpc: "bank" } } },
        /subnets\.shop\.vpc: bank — must be one of platform\.networking\.vpcs \(none\)/,
      ],
      "a namespace of two": [
        { subnets: { shop, bank: { cidr: "10.51.0.0/24", namespaces: ["shop"] } } },
        /subnets\.bank\.namespaces: shop — gets its addresses from shop already/,
      ],
      "a name of Kube-OVN's own": [{ subnets: { "ovn-default": shop } }, /subnets\.ovn-default: .* Kube-OVN's own/],
    };
    for (const [what, [more, message]] of Object.entries(refused)) {
      it(`is refused with ${what}`, () => assert.throws(() => parsed(networking(more)), { message }));
    }
  });
});
