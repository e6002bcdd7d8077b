import { Cidr } from "../core/cidr";
import { overlaps } from "../core/network-overlaps";
import type { Problem } from "../core/problem";
import { serviceNetworkProblems } from "../core/service-network";
import type { BaseSettings } from "./settings";

/** Addresses that two machines have, or that no machine of the node network can have. */
export function addressProblems({ machines, network: { nodeCidrs } }: BaseSettings): Problem[] {
  const owners = new Map<string, string>();
  return Object.entries(machines).flatMap(([machine, { address: given }]) => {
    const where = `base.machines.${machine}.address`;
    const owner = owners.get(given);
    if (owner === undefined) owners.set(given, machine);
    const rule = `must be the machine's own; ${owner} has it`;
    return [
      ...(owner === undefined ? [] : [{ where, given, rule, fix: "correct one of the two" }]),
      ...nodeNetworkProblems(where, given, nodeCidrs, "correct the address or add its network"),
    ];
  });
}

/** An address that no host of the node networks can have. */
export function nodeNetworkProblems(where: string, given: string, nodeCidrs: readonly Cidr[], fix: string): Problem[] {
  const host = Cidr.parse(`${given}/32`);
  const network = nodeCidrs.find((each) => each.contains(host));
  if (network === undefined)
    return [{ where, given, rule: `must lie in base.network.nodeCidrs (${nodeCidrs.join(", ")})`, fix }];
  if (network.prefix > 30 || ![network.first, network.last].includes(host.first)) return [];
  const rule = `must be a host's, not the first or last address of ${String(network)}`;
  return [{ where, given, rule, fix: "choose another one in there" }];
}

/** Networks that overlap, or that API servers and controller managers do not start with. */
export function networkProblems({ network, machines }: BaseSettings): Problem[] {
  const uses = (["nodeCidrs", "podCidrs", "serviceCidrs"] as const).flatMap((key) =>
    network[key].map((cidr, index) => ({ where: `base.network.${key}.${index}`, network: cidr })),
  );
  return [
    ...overlaps(uses),
    ...network.serviceCidrs.flatMap((each, index) =>
      serviceNetworkProblems(`base.network.serviceCidrs.${index}`, each),
    ),
    ...network.podCidrs.flatMap((each, index) =>
      podNetworkProblems(`base.network.podCidrs.${index}`, each, Object.keys(machines).length),
    ),
  ];
}

/** What a controller manager gives every node; it exits where the whole network is smaller (Kubernetes 1.34). */
const SLICE = 24;

function podNetworkProblems(where: string, network: Cidr, nodes: number): Problem[] {
  if (network.size >= nodes * 2 ** (32 - SLICE)) return [];
  const rule = `must have a /${SLICE} for every node, of which there are ${nodes}`;
  return [{ where, given: String(network), rule, fix: "choose a larger network, e.g. a /16" }];
}
