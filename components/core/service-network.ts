import type { Cidr } from "./cidr";
import type { Problem } from "./problem";

/** Longest prefix that an API server accepts for its Services: eight addresses (kube-apiserver 1.34). */
const LONGEST_PREFIX = 29;

/** What is wrong with a network of Services by itself. The API server exits for it, which shows only as no answer. */
export function serviceNetworkProblems(where: string, network: Cidr): Problem[] {
  if (network.prefix <= LONGEST_PREFIX) return [];
  const rule = `must be a /${LONGEST_PREFIX} or larger: API servers need 8 addresses for Services`;
  return [{ where, given: String(network), rule, fix: "choose a larger network, e.g. a /16" }];
}
