import { Cidr } from "../../components/core/cidr";

/**
 * The lowest network of a size that lies in one of some networks and shares no address with those that are taken;
 * undefined where there is none.
 */
export function lowestFree(within: readonly Cidr[], prefix: number, taken: readonly Cidr[]): Cidr | undefined {
  const size = 2 ** (32 - prefix);
  const inOrder = [...taken].sort((one, other) => one.first - other.first);
  for (const network of within) {
    let first = network.first;
    for (const other of inOrder) {
      if (other.last < first) continue;
      // all that follow begin later still
      if (other.first >= first + size) break;
      first = Math.ceil((other.last + 1) / size) * size;
    }
    if (network.prefix <= prefix && first + size - 1 <= network.last) return Cidr.at(first, prefix);
  }
  return undefined;
}

/** Networks that share addresses with one that comes before them, by address. */
export function sharing<T extends { readonly network: Cidr }>(uses: readonly T[]): (readonly [T, T])[] {
  const inOrder = [...uses].sort((one, other) => one.network.first - other.network.first);
  const pairs: (readonly [T, T])[] = [];
  let furthest: T | undefined;
  for (const use of inOrder) {
    if (furthest !== undefined && use.network.first <= furthest.network.last) pairs.push([use, furthest]);
    if (furthest === undefined || use.network.last > furthest.network.last) furthest = use;
  }
  return pairs;
}
