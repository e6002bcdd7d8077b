import * as assert from "node:assert/strict";
import { SecretSetting } from "../../component";
import { at, objectOf, parsed, plan, settings } from "../../platform.fixture";

describe("metallb", () => {
  it("gives out the addresses of the settings, but those that some routers drop, and announces them", () => {
    const planned = plan();
    const pool = objectOf(planned, "services");
    assert.deepEqual(pool.spec, { addresses: ["198.51.100.0/24"], avoidBuggyIPs: true });
    assert.deepEqual(at(objectOf(planned, "services-advertisement"), "spec.ipAddressPools"), [pool.metadata.name]);
  });

  describe("with routers", () => {
    const bgp = (change: object = {}) => ({
      asNumber: 64512,
      peers: { "tor-a": { address: "192.0.2.1", asNumber: 64500, password: true, machines: ["worker-1"], ...change } },
      communities: ["65535:65281"],
    });
    const fixture = (value: object, more: object = { bgpPasswords: { "tor-a": "secret" } }) => ({
      change: { networking: { ...settings.platform.networking, bgp: value } },
      more,
    });

    it("announces addresses to them and no longer by ARP", () => {
      const planned = plan(fixture(bgp()));
      assert.throws(() => objectOf(planned, "services-advertisement"), /no object of the plan/);
      assert.deepEqual(objectOf(planned, "services-routes").spec, {
        ipAddressPools: ["services"],
        communities: ["65535:65281"],
      });
      assert.deepEqual(objectOf(planned, "bgp-tor-a").spec, {
        myASN: 64512,
        peerASN: 64500,
        peerAddress: "192.0.2.1",
        peerPort: 179,
        passwordSecret: { name: "bgp-tor-a" },
        nodeSelectors: [
          { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: ["worker-1"] }] },
        ],
      });
    });

    it("signs their sessions with passwords that are a secret setting, one for each", () => {
      const secret = objectOf(plan(fixture(bgp())), "bgp-tor-a-password");
      assert.equal(secret["type"], "kubernetes.io/basic-auth");
      assert.deepEqual(at(secret, "stringData.password"), new SecretSetting("bgpPasswords", "tor-a"));
    });

    const refused: Record<string, [value: object, more: object, message: RegExp]> = {
      "no router": [{ asNumber: 64512, peers: {} }, {}, /bgp\.peers: .* — must have a router that addresses/],
      "no passwords": [bgp(), {}, /bgpPasswords: missing — signs the sessions .*firmament:bgpPasswords\.tor-a/],
      "another router's password": [
        bgp(),
        { bgpPasswords: { "tor-b": "secret" } },
        /bgpPasswords\.tor-a: missing — signs the sessions/,
      ],
      "a community that is none": [
        { ...bgp(), communities: ["no-export"] },
        {},
        /must be a community like 65535:65281/,
      ],
      "a number that is none": [{ ...bgp(), asNumber: 0 }, {}, /bgp\.asNumber: 0 — must be a whole number from 1/],
    };
    for (const [what, [value, more, message]] of Object.entries(refused)) {
      it(`is refused with ${what}`, () => {
        const { change } = fixture(value);
        assert.throws(() => parsed(change, undefined, more), { name: "InvalidInput", message });
      });
    }

    it("is refused for machines that there are not, with those that there are", () => {
      assert.throws(
        () => plan(fixture(bgp({ machines: ["worker-9"] }))),
        /bgp\.peers\.tor-a\.machines: worker-9 — must be a machine of the base stack; correct the name: cp-1,/,
      );
    });
  });
});
