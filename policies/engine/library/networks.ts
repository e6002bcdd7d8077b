import * as ipaddr from "ipaddr.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** A network of either family, as manifests write it; host bits are not held against it. */
export interface Network {
  readonly text: string;
  readonly address: Address;
  readonly prefix: number;
}

/** Reads `10.0.0.0/16`, `fd00::/64` or a bare address; undefined for anything else. */
export function parseNetwork(text: string): Network | undefined {
  if (text.length > 64) return undefined;
  try {
    if (text.includes("/")) {
      const [address, prefix] = ipaddr.parseCIDR(text);
      return { text, address, prefix };
    }
    const address = ipaddr.parse(text);
    return { text, address, prefix: address.kind() === "ipv4" ? 32 : 128 };
  } catch {
    return undefined;
  }
}

/** The networks of a text that lists several, as dual-stack fields do: `10.0.0.0/16,fd00::/64`. */
export function parseNetworks(text: string): Network[] {
  return text.split(",").flatMap((part) => parseNetwork(part.trim()) ?? []);
}

/** Whether two networks have an address in common. */
export function overlaps(one: Network, other: Network): boolean {
  return contains(one, other) || contains(other, one);
}

/** Whether all addresses of `inner` are in `outer`. */
export function contains(outer: Network, inner: Network): boolean {
  if (outer.address.kind() !== inner.address.kind() || outer.prefix > inner.prefix) return false;
  const [left, right] = [outer.address.toByteArray(), inner.address.toByteArray()];
  for (let bit = 0; bit < outer.prefix; bit += 8) {
    const kept = Math.min(8, outer.prefix - bit);
    const mask = (0xff << (8 - kept)) & 0xff;
    if (((left[bit / 8] ?? 0) & mask) !== ((right[bit / 8] ?? 0) & mask)) return false;
  }
  return true;
}
