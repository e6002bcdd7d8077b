import { object } from "../../engine/library/examples";
import { parseNetwork } from "../../engine/library/networks";
import { objectRule } from "../../engine/rule";

const pool = (...addresses: readonly string[]) =>
  object("metallb.io/v1beta1", "IPAddressPool", { spec: { addresses, avoidBuggyIPs: true } });

export const poolAddresses = objectRule({
  id: "metallb-pool-addresses",
  group: "workload",
  title: "Address pool has addresses",
  severity: "medium",
  references: ["MetalLB avoidBuggyIPs"],
  kinds: ["metallb.io/IPAddressPool"],
  fix: "give another address or a larger network, or leave avoidBuggyIPs off",
  docs: {
    why: "With avoidBuggyIPs MetalLB gives out no address that ends in .0 or .255. A part of the pool that is such an address alone is no part: Services that count on it stay without address.",
    pass: pool("198.51.100.0/24"),
    fail: pool("198.51.100.0/32"),
  },
  *check({ spec }) {
    if (!spec.field("avoidBuggyIPs").is(true)) return;
    for (const at of spec.field("addresses").items()) {
      if (isLeftOut(at.text ?? "")) yield { at, message: "it has no address that is given out" };
    }
  },
});

/** Whether a network, or a range `first-last`, is one address that ends in .0 or .255. */
function isLeftOut(text: string): boolean {
  const [first = "", last = first] = text.split("-").map((each) => each.trim());
  const network = parseNetwork(first);
  return first === last && network?.prefix === 32 && /\.(?:0|255)$/.test(network.address.toString());
}
