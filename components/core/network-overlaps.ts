import type { Cidr } from "./cidr";
import type { Problem } from "./problem";

/** A network and what it is used for, as its owner named it: `podCidrs.0`, `tenant acme podCidr`. */
export interface Use {
  readonly where: string;
  readonly network: Cidr;
}

/**
 * Every pair of networks that share addresses, reported at the later of the two.
 *
 * Nodes, pods and services of all clusters of a cloud route to each other through the management cluster: two that
 * overlap answer for each other's addresses, which shows only when traffic disappears.
 */
export function overlaps(own: readonly Use[], others: readonly Use[] = []): Problem[] {
  const pairs = own.flatMap((use, index) => [...own.slice(0, index), ...others].map((other) => [use, other] as const));
  return pairs
    .filter(([use, other]) => use.network.overlaps(other.network))
    .map(([use, other]) => ({
      where: use.where,
      given: String(use.network),
      rule: `must not overlap ${other.where} ${other.network}`,
      fix: "choose a network outside it",
    }));
}
