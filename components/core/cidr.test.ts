import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { Cidr } from "./cidr";

const network = fc.tuple(fc.nat(0xffffffff), fc.integer({ min: 0, max: 32 })).map(([address, prefix]) => {
  const first = address - (address % 2 ** (32 - prefix));
  return {
    first,
    prefix,
    text: `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join(".")}/${prefix}`,
  };
});
/** Small networks that are close to each other, so that they meet. */
const near = fc
  .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 24, max: 32 }))
  .map(([last, prefix]) => Cidr.parse(`10.0.0.${last - (last % 2 ** (32 - prefix))}/${prefix}`));
const addresses = (cidr: Cidr) => Array.from({ length: cidr.size }, (_, index) => cidr.first + index);

describe("a network", () => {
  it("is the one around an address with its prefix length", () => {
    const around = {
      "192.0.2.11/24": "192.0.2.0/24",
      "10.255.3.9/12": "10.240.0.0/12",
      "192.0.2.1/32": "192.0.2.1/32",
    };
    for (const [address, network] of Object.entries(around)) assert.equal(String(Cidr.around(address)), network);
    for (const text of [
      "192.0.2.1",
      "192.0.2.1/33",
      "192.0.2.1/",
      "192.0.2/24",
      "192.0.2.1/24/1",
      "192.0.2.1/024",
      "::1/64",
    ])
      assert.throws(() => Cidr.around(text), Error, text);
  });

  it("is printed as it was written", () => {
    fc.assert(
      fc.property(network, ({ first, prefix, text }) => {
        const cidr = Cidr.parse(text);
        assert.equal(String(cidr), text);
        assert.deepEqual([cidr.first, cidr.prefix, cidr.last], [first, prefix, first + 2 ** (32 - prefix) - 1]);
      }),
    );
  });

  it("overlaps and contains what its addresses say", () => {
    fc.assert(
      fc.property(near, near, (a, b) => {
        const shared = addresses(a).filter((address) => addresses(b).includes(address));
        assert.equal(a.overlaps(b), shared.length > 0);
        assert.equal(a.contains(b), shared.length === b.size);
      }),
    );
  });

  it("is divided without gap or overlap", () => {
    fc.assert(
      fc.property(near, fc.integer({ min: 24, max: 32 }), (cidr, prefix) => {
        const parts = [...cidr.subnets(prefix)];
        if (prefix < cidr.prefix) return;
        assert.deepEqual(parts.flatMap(addresses), addresses(cidr));
      }),
    );
  });

  for (const text of [
    "10.0.0.1/8",
    "10.0.0.0",
    "10.0.0.0/33",
    "10.0.0/8",
    "010.0.0.0/8",
    "0xa.0.0.0/8",
    "10.0.0.0/08",
    "::/0",
    "",
    "10.0.0.0/-1",
    "256.0.0.0/8",
    "a/8",
  ]) {
    it(`is not "${text}"`, () => assert.throws(() => Cidr.parse(text)));
  }
});
