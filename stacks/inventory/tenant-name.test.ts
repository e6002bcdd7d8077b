import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { namespaceOf } from "../../components/tenant/names";
import { customerOf, tenantName } from "./tenant-name";

/** What is likely to collide: few letters and many dashes. */
const part = fc.stringMatching(/^[ab1-]{1,6}$/);
const pair = fc.record({ cluster: part, customer: fc.option(part, { nil: undefined }) });

function named({ cluster, customer }: { readonly cluster: string; readonly customer: string | undefined }) {
  try {
    return tenantName(cluster, customer);
  } catch {
    return undefined;
  }
}

describe("names of tenants", () => {
  it("are those of the customer and its cluster, and tell the customer", () => {
    assert.equal(tenantName("acme"), "acme");
    assert.equal(tenantName("prod", "acme"), "acme--prod");
    assert.equal(tenantName("2", "acme"), "acme--2");
    assert.equal(customerOf("acme--prod"), "acme");
    assert.equal(customerOf("acme"), "acme");
  });

  it("are one to one, at most 40 characters long, and so are their namespaces", () => {
    fc.assert(
      fc.property(pair, pair, (one, other) => {
        const [name, second] = [named(one), named(other)];
        if (name === undefined || second === undefined) return;
        const same = one.cluster === other.cluster && one.customer === other.customer;
        assert.equal(name === second, same);
        assert.equal(namespaceOf(name) === namespaceOf(second), same);
        assert.match(name, /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/);
        if (one.customer !== undefined) assert.equal(customerOf(name), one.customer);
      }),
      { numRuns: 5000 },
    );
  });

  it("are refused with everything that is wrong", () => {
    assert.throws(() => tenantName("Prod_1", "9lives"), {
      name: "InvalidInput",
      message: /name: "Prod_1" — must consist of[^]*--customer: 9lives — must begin with a letter/,
    });
    assert.throws(
      () => tenantName("acme--prod"),
      /name: acme--prod — must not contain --.*give the customer with --customer/,
    );
    assert.throws(() => tenantName("b".repeat(20), "a".repeat(20)), /must make at most 40 characters together/);
    assert.equal(tenantName("b".repeat(19), "a".repeat(19)).length, 40);
  });
});
