import * as assert from "node:assert/strict";
import { objectOf, plan, settings } from "../../platform.fixture";

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
});
