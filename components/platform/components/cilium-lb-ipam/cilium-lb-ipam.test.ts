import * as assert from "node:assert/strict";
import { at, objectOf, plan, settings, valuesOf } from "../../platform.fixture";

const components = { metallb: { enabled: false }, "cilium-lb-ipam": { enabled: true } };

describe("cilium-lb-ipam", () => {
  it("gives out the addresses of the settings, but the first and last, and announces them", () => {
    const planned = plan({ change: { components } });
    assert.deepEqual(objectOf(planned, "services-pool").spec, {
      blocks: [{ cidr: "198.51.100.0/24" }],
      allowFirstLastIPs: "No",
    });
    assert.deepEqual(objectOf(planned, "services-announcement-policy").spec, {
      interfaces: ["^(eth|en|bond)"],
      loadBalancerIPs: true,
    });
  });

  it("announces them on the interfaces of the settings", () => {
    const networking = { ...settings.platform.networking, announcementInterfaces: ["^bond0$"] };
    const planned = plan({ change: { components, networking } });
    assert.deepEqual((objectOf(planned, "services-announcement-policy").spec as { interfaces: string[] }).interfaces, [
      "^bond0$",
    ]);
  });

  describe("with routers", () => {
    const fixture = (peers: object) => ({
      change: {
        components,
        networking: { ...settings.platform.networking, bgp: { asNumber: 64512, peers, communities: ["65535:65281"] } },
      },
      more: { bgpPasswords: { "tor-a": "secret" } },
    });
    const a = { address: "192.0.2.1", asNumber: 64500, password: true };
    const b = { address: "192.0.2.2", asNumber: 64501 };

    it("has the agents hold sessions with them, and not answer ARP", () => {
      const planned = plan(fixture({ "tor-a": a, "tor-b": { ...b, hops: 2 } }));
      const values = valuesOf(planned, "cilium");
      assert.deepEqual(values["bgpControlPlane"], {
        enabled: true,
        secretsNamespace: { create: false, name: "cilium" },
      });
      assert.equal(values["l2announcements"], undefined);
      assert.throws(() => objectOf(planned, "services-announcement-policy"), /no object of the plan/);
      const instance = at(objectOf(planned, "services-1-sessions"), "spec.bgpInstances.0");
      assert.deepEqual(at(instance, "peers"), [
        { name: "tor-a", peerASN: 64500, peerAddress: "192.0.2.1", peerConfigRef: { name: "tor-a" } },
        { name: "tor-b", peerASN: 64501, peerAddress: "192.0.2.2", peerConfigRef: { name: "tor-b" } },
      ]);
      assert.equal(at(objectOf(planned, "bgp-tor-a"), "spec.authSecretRef"), "bgp-tor-a");
      assert.equal(at(objectOf(planned, "bgp-tor-b"), "spec.authSecretRef"), undefined);
      assert.equal(at(objectOf(planned, "bgp-tor-b"), "spec.ebgpMultihop"), 2);
      const routes = objectOf(planned, "services-routes");
      const { labels } = routes.metadata;
      assert.deepEqual(at(objectOf(planned, "bgp-tor-a"), "spec.families.0.advertisements.matchLabels"), labels);
      assert.deepEqual(at(routes, "spec.advertisements.0.attributes"), { communities: { standard: ["65535:65281"] } });
    });

    it("has a configuration for each set of machines", () => {
      const planned = plan(
        fixture({ "tor-a": { ...a, machines: ["worker-1"] }, "tor-b": { ...b, machines: ["worker-2"] } }),
      );
      const values = (name: string) => at(objectOf(planned, name), "spec.nodeSelector.matchExpressions.0.values");
      assert.deepEqual([values("services-1-sessions"), values("services-2-sessions")], [["worker-1"], ["worker-2"]]);
    });

    it("is refused where a machine would have two configurations, of which Cilium takes one", () => {
      assert.throws(
        () => plan(fixture({ "tor-a": a, "tor-b": { ...b, machines: ["worker-2"] } })),
        /bgp\.peers\.tor-b\.machines: worker-2 — must be those of tor-a or none of them/,
      );
    });
  });
});
