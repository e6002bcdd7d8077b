import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { Cidr } from "./cidr";
import { allocate, type Ledger } from "./ledger";

const pool = Cidr.parse("10.0.0.0/16");
const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { maxLength: 40 });

describe("allocate", () => {
  it("never moves who stays, whoever comes and goes", () => {
    fc.assert(
      fc.property(fc.array(names, { minLength: 1, maxLength: 6 }), (generations) => {
        let ledger: Ledger = {};
        for (const wanted of generations) {
          const next = allocate(pool, 24, ledger, wanted);
          for (const name of wanted) if (Object.hasOwn(ledger, name)) assert.equal(next[name], ledger[name]);
          assert.deepEqual(Object.keys(next).sort(), [...wanted].sort());
          ledger = next;
        }
      }),
    );
  });

  it("gives networks that are inside the pool and apart from each other", () => {
    fc.assert(
      fc.property(names, (wanted) => {
        const networks = Object.values(allocate(pool, 24, {}, wanted)).map((text) => Cidr.parse(text));
        for (const network of networks) assert.ok(pool.contains(network));
        // an oracle of its own: disjoint networks have as many distinct addresses as the sum of their sizes
        const starts = new Set(networks.map((network) => Math.floor(network.first / 256)));
        assert.equal(starts.size, networks.length);
      }),
    );
  });

  it("gives a network that was released to the next who asks, lowest first", () => {
    const ledger = { a: "10.0.0.0/24", b: "10.0.1.0/24", c: "10.0.2.0/24" };
    assert.deepEqual(allocate(pool, 24, ledger, ["a", "c", "d"]), {
      a: "10.0.0.0/24",
      c: "10.0.2.0/24",
      d: "10.0.1.0/24",
    });
  });

  it("keeps out of networks of another size that the ledger has from before", () => {
    assert.equal(allocate(pool, 24, { old: "10.0.0.0/20" }, ["old", "new"])["new"], "10.0.16.0/24");
  });

  it("names everyone who got nothing when the pool is exhausted", () => {
    assert.throws(() => allocate(Cidr.parse("10.0.0.0/23"), 24, {}, ["a", "b", "c", "d"]), {
      name: "InvalidInput",
      message: /c: no network left[^]*d: no network left/,
    });
  });
});
