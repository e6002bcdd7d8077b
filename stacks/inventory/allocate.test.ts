import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { Cidr } from "../../components/core/cidr";
import { allocate, release, textsOf } from "./allocate";
import { inventoryContradictions } from "./contradictions";
import { lowestFree } from "./free-network";
import { inventoryOf, POOLS } from "./inventory.fixture";
import { KINDS, partsOf, type Inventory } from "./schema";

const heldBy = ({ tenants }: Inventory, tenant: string) =>
  Object.values(tenants[tenant] === undefined ? {} : textsOf(tenants[tenant]));
const networks = (inventory: Inventory, tenant: string) => heldBy(inventory, tenant).join(" ");

const cidrOf = (text: string) => Cidr.parse(text.includes("/") ? text : `${text}/32`);

/** A step in the life of a fleet: which of its tenants, and whether it comes or goes. */
const step = fc.record({
  tenant: fc.integer({ min: 0, max: 1200 }).map((index) => `t${index}`),
  comes: fc.boolean(),
  reuse: fc.boolean(),
  address: fc.boolean(),
  podPrefix: fc.constantFrom(undefined, undefined, 19, 20, 21),
});

describe("networks of tenants", () => {
  it("are the lowest that are free, in the order of the pool's networks", () => {
    const pool = [Cidr.parse("10.0.0.0/30"), Cidr.parse("10.1.0.0/16")];
    const free = (prefix: number, ...taken: string[]) =>
      String(
        lowestFree(
          pool,
          prefix,
          taken.map((each) => Cidr.parse(each)),
        ),
      );
    assert.equal(free(24), "10.1.0.0/24");
    assert.equal(free(31), "10.0.0.0/31");
    assert.equal(free(31, "10.0.0.0/32"), "10.0.0.2/31");
    assert.equal(free(24, "10.1.0.0/24", "10.1.2.0/24"), "10.1.1.0/24");
    assert.equal(free(23, "10.1.0.0/24", "10.1.3.5/32"), "10.1.4.0/23");
    assert.equal(free(24, "10.0.0.0/8"), "undefined");
    assert.equal(free(8), "undefined");
  });

  it("are stable, disjoint and inside the pools, whatever tenants come and go in which order", function () {
    this.timeout(120_000);
    const management = [Cidr.parse("10.244.0.0/16"), Cidr.parse("10.66.0.0/16")];
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 1000, size: "max" }), (steps) => {
        let inventory = inventoryOf({
          pools: { ...POOLS, apiAddress: { networks: ["198.51.100.0/24", "203.0.112.0/22"] } },
        });
        for (const { tenant, comes, podPrefix, ...wish } of steps) {
          const before = inventory;
          inventory = comes
            ? allocate(before, tenant, {
                ...wish,
                taken: management,
                ...(podPrefix === undefined ? {} : { podPrefix }),
              })
            : release(before, tenant);
          for (const other of Object.keys(before.tenants)) {
            if (comes || other !== tenant) assert.equal(networks(inventory, other), networks(before, other));
          }
          if (comes && !wish.reuse && before.tenants[tenant] === undefined) {
            for (const freed of KINDS.flatMap((kind) => before.freed[kind])) {
              assert.ok(!heldBy(inventory, tenant).some((text) => cidrOf(text).overlaps(freed)));
            }
          }
        }
        assert.deepEqual(inventoryContradictions(inventory), []);
        for (const allocation of Object.values(inventory.tenants)) {
          for (const { kind, network } of partsOf(allocation)) {
            assert.ok(!management.some((each) => each.overlaps(network)), kind);
          }
        }
      }),
      { numRuns: 10 },
    );
  });

  it("are enough for a thousand tenants, each as it would be alone in the order of coming", function () {
    this.timeout(60_000);
    const taken = [Cidr.parse("10.244.0.0/16")];
    let inventory = inventoryOf();
    for (let index = 0; index < 1000; index++) inventory = allocate(inventory, `t${index}`, { taken });
    assert.equal(Object.keys(inventory.tenants).length, 1000);
    assert.deepEqual(inventoryContradictions(inventory), []);
    const [gone, ...left] = Object.keys(inventory.tenants);
    const after = allocate(release(inventory, gone ?? ""), "late", { taken });
    for (const tenant of left) assert.equal(networks(after, tenant), networks(inventory, tenant));
    const again = allocate(release(inventory, "t500"), "late", { taken, reuse: true });
    assert.equal(networks(again, "late"), networks(inventory, "t500"));
  });

  it("stay with a tenant that is allocated twice, and are freed once", () => {
    const once = allocate(inventoryOf(), "acme");
    assert.equal(allocate(once, "acme", { podPrefix: 20 }), once);
    const freed = release(once, "acme");
    assert.deepEqual(freed.freed.podCidr.map(String), ["10.128.0.0/19"]);
    assert.equal(release(freed, "acme"), freed);
    assert.equal(release(inventoryOf(), "toString").freed.podCidr.length, 0);
  });

  it("of tenants that are gone are given again only on request, and only in their size", () => {
    const freed = release(allocate(inventoryOf(), "acme"), "acme");
    assert.equal(networks(allocate(freed, "globex"), "globex"), "10.128.32.0/19 10.64.4.0/22");
    assert.equal(networks(allocate(freed, "globex", { reuse: true }), "globex"), "10.128.0.0/19 10.64.0.0/22");
    const small = allocate(freed, "globex", { reuse: true, podPrefix: 20 });
    assert.equal(networks(small, "globex"), "10.128.32.0/20 10.64.0.0/22");
    assert.deepEqual([small.freed.podCidr.map(String), small.freed.serviceCidr], [["10.128.0.0/19"], []]);
  });

  it("that are used up are all named, with what helps", () => {
    const tight = inventoryOf({
      pools: {
        podCidr: { networks: ["10.128.0.0/19"], prefix: 19 },
        serviceCidr: { networks: ["10.64.0.0/22"], prefix: 22 },
      },
    });
    const full = allocate(tight, "acme");
    assert.throws(() => allocate(full, "globex"), {
      name: "InvalidInput",
      message:
        /podCidr\.networks: 10\.128\.0\.0\/19 — must have room for a \/19 more.*; add a network\n.*serviceCidr\.networks/,
    });
    assert.throws(() => allocate(release(full, "acme"), "globex"), /add a network, or give --reuse/);
  });
});

describe("an inventory", () => {
  const problems = (change: object) =>
    inventoryContradictions(inventoryOf(change)).map(({ where, given, rule }) => `${where}: ${given} — ${rule}`);

  it("contradicts itself where networks overlap or lie outside of their pool", () => {
    assert.deepEqual(
      problems({
        tenants: {
          acme: { podCidr: "10.128.0.0/19", serviceCidr: "10.64.0.0/22" },
          globex: { podCidr: "10.128.0.0/18", serviceCidr: "10.96.0.0/22" },
        },
        freed: { serviceCidr: ["10.64.0.0/24"] },
      }),
      [
        "tenants.globex.serviceCidr: 10.96.0.0/22 — must lie in one of pools.serviceCidr.networks",
        "freed.serviceCidr.0: 10.64.0.0/24 — must not overlap tenants.acme.serviceCidr 10.64.0.0/22",
        "tenants.globex.podCidr: 10.128.0.0/18 — must not overlap tenants.acme.podCidr 10.128.0.0/19",
      ],
    );
  });

  it("has pools that hold what they give", () => {
    const pools = {
      podCidr: { networks: ["10.128.0.0/9", "10.0.0.0/20"], prefix: 19 },
      serviceCidr: { networks: ["10.64.0.0/12"], prefix: 22 },
    };
    assert.deepEqual(problems({ pools }), [
      "pools.podCidr.networks.1: 10.0.0.0/20 — must hold a /19, which every tenant gets",
    ]);
    assert.throws(
      () =>
        inventoryOf({
          pools: { podCidr: { networks: [], prefix: 25 }, serviceCidr: { networks: ["x"], prefix: 30 } },
          tenents: {},
        }),
      (error: Error) =>
        [
          "pools.podCidr.networks: [] — must have a network at least",
          "pools.podCidr.prefix: 25 — must be a whole number from 8 to 24",
          'pools.serviceCidr.networks.0: "x" — must be an IPv4 network',
          "pools.serviceCidr.prefix: 30 — must be a whole number from 12 to 29",
          "tenents: unknown key",
        ].every((part) => error.message.includes(part)),
    );
  });
});
