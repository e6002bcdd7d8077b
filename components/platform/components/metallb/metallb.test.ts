import * as assert from "node:assert/strict";
import { at, objectOf, plan } from "../../platform.fixture";

describe("metallb", () => {
  it("gives out the addresses of the settings, but those that some routers drop, and announces them", () => {
    const planned = plan();
    const pool = objectOf(planned, "services");
    assert.deepEqual(pool.spec, { addresses: ["198.51.100.0/24"], avoidBuggyIPs: true });
    assert.deepEqual(at(objectOf(planned, "services-advertisement"), "spec.ipAddressPools"), [pool.metadata.name]);
  });
});
