import type { Cidr } from "./cidr";
import type { Problem } from "./problem";

/** Prefixes that an API server accepts for its Services: eight addresses to a million (kube-apiserver 1.34). */
const LONGEST_PREFIX = 29;
const SHORTEST_PREFIX = 12;

/** What is wrong with a network of Services by itself. The API server exits for it, which shows only as no answer. */
export function serviceNetworkProblems(where: string, network: Cidr): Problem[] {
  const given = String(network);
  if (network.prefix > LONGEST_PREFIX) {
    const rule = `must be a /${LONGEST_PREFIX} or larger: API servers need 8 addresses for Services`;
    return [{ where, given, rule, fix: "choose a larger network, e.g. a /16" }];
  }
  if (network.prefix >= SHORTEST_PREFIX) return [];
  const rule = `must be a /${SHORTEST_PREFIX} or smaller: API servers keep a list of all addresses`;
  return [{ where, given, rule, fix: "choose a smaller network, e.g. a /16" }];
}
