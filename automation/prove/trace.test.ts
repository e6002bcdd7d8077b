import * as assert from "node:assert/strict";
import { readTable } from "./ovn";
import { readTrace } from "./trace";

/** Shortened answers of ovn-trace 23.03.1. */
const REFUSED = `
ingress(dp="pods", inport="a.tenant-acme")
 0. ls_in_check_port_sec (northd.c:8432): 1, priority 50, uuid 2be7eba1
    next;
 7. ls_in_acl_hint (northd.c:6190): ct.new && !ct.est, priority 7, uuid e3a1ab40
    next;
 8. ls_in_acl (northd.c:6809): ip && !ct.est, priority 1, uuid 672bf3ce
    next;
17. ls_in_acl_after_lb (northd.c:6543): reg0[9] == 1 && (inport == @dns.tenant.acme && ip), priority 3000, uuid 90aec876
    drop;
`;

const ALLOWED = `
17. ls_in_acl_after_lb (northd.c:6445): reg0[7] == 1 && (inport == @same), priority 3001, uuid e966e8a1
    reg0[1] = 1;
    next;
    outport = "b.tenant-acme";
    output;

egress(dp="pods", inport="a.tenant-acme", outport="b.tenant-acme")
 4. ls_out_acl (northd.c:6445): reg0[7] == 1 && (outport == @same), priority 3001, uuid e1861a94
    next;
 9. ls_out_apply_port_sec (northd.c:5777): 1, priority 0, uuid 6895ff73
    output;
    /* output to "b.tenant-acme", type "" */
`;

describe("a trace of OVN", () => {
  it("says which flow of access control drops a packet, and in which direction", () => {
    assert.deepEqual(readTrace(REFUSED), {
      outputs: [],
      decisions: [{ flow: "90aec876", drops: true, direction: "egress" }],
    });
  });

  it("says which ports a packet leaves by, and what let it through, without what OVN does for everything", () => {
    assert.deepEqual(readTrace(ALLOWED), {
      outputs: ["b.tenant-acme"],
      decisions: [
        { flow: "e966e8a1", drops: false, direction: "egress" },
        { flow: "e1861a94", drops: false, direction: "ingress" },
      ],
    });
  });

  it("has every output, also that of a router that answers the sender", () => {
    assert.deepEqual(
      readTrace('    output("a.tenant-acme");\n    /* output to "node-worker-1", type "" */\n').outputs,
      ["a.tenant-acme", "node-worker-1"],
    );
  });
});

describe("a table of OVN's databases", () => {
  it("has ids as text, sets as lists and maps as maps", () => {
    const text = JSON.stringify({
      headings: ["_uuid", "acls", "external_ids", "name"],
      data: [
        [
          ["uuid", "1-2"],
          [
            "set",
            [
              ["uuid", "3-4"],
              ["uuid", "5-6"],
            ],
          ],
          ["map", [["np", "a/b"]]],
          "x",
        ],
      ],
    });
    assert.deepEqual(readTable(text), [{ _uuid: "1-2", acls: ["3-4", "5-6"], external_ids: { np: "a/b" }, name: "x" }]);
  });

  it("is refused when it is none", () => {
    assert.throws(() => readTable("{}"), /no table/);
  });
});
