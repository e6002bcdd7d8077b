import * as assert from "node:assert/strict";
import { at, parsed, plan, settings, valuesOf } from "../../platform.fixture";

const components = { metallb: { enabled: false }, "kube-vip": { enabled: true } };

describe("kube-vip", () => {
  it("gives out the addresses of the settings, and holds each on a machine of its own choice", () => {
    const networking = { ...settings.platform.networking, loadBalancerCidrs: ["198.51.100.0/25", "203.0.113.0/24"] };
    const planned = plan({ change: { components, networking } });
    const data = at(valuesOf(planned, "kube-vip-cloud-provider"), "cm.data");
    assert.deepEqual(data, { "cidr-global": "198.51.100.0/25,203.0.113.0/24" });
    assert.equal(at(valuesOf(planned, "kube-vip"), "env.svc_election"), "true");
  });

  it("leaves the API of the machines to Talos", () => {
    assert.equal(at(valuesOf(plan({ change: { components } }), "kube-vip"), "env.cp_enable"), "false");
  });

  it("announces on the interface of the settings", () => {
    const networking = { ...settings.platform.networking, vipInterface: "bond0" };
    const planned = plan({ change: { components, networking } });
    assert.equal(at(valuesOf(planned, "kube-vip"), "env.vip_interface"), "bond0");
  });

  it("is refused with routers, which it would not use, and beside another that gives addresses", () => {
    const bgp = { asNumber: 64512, peers: { tor: { address: "192.0.2.1", asNumber: 64500 } } };
    const networking = { ...settings.platform.networking, bgp };
    assert.throws(() => parsed({ components, networking }), /networking\.bgp: 1 routers — is not for kube-vip/);
    assert.throws(
      () => parsed({ components: { "kube-vip": { enabled: true } } }),
      /load-balancer: provided by metallb and kube-vip/,
    );
  });
});
