import type { Cidr } from "../core/cidr";
import { overlaps, type Use } from "../core/network-overlaps";
import { refuse } from "../core/problem";
import type { CommonSettings } from "./common-settings";

/** Networks that the platform adds to those of the machines, by the setting that names them. */
export function platformNetworks({ networking }: CommonSettings): Record<string, Cidr> {
  const { podCidr, joinCidr, loadBalancerCidrs } = networking;
  return {
    "platform.networking.podCidr": podCidr,
    "platform.networking.joinCidr": joinCidr,
    ...Object.fromEntries(
      loadBalancerCidrs.map((cidr, index) => [`platform.networking.loadBalancerCidrs.${index}`, cidr]),
    ),
  };
}

/**
 * @param management networks that the base stack already uses.
 * @throws InvalidInput when networks of the platform overlap each other or those of the machines.
 */
export function refuseNetworkOverlaps(settings: CommonSettings, management: readonly Use[]): void {
  const uses = Object.entries(platformNetworks(settings)).map(([where, network]) => ({ where, network }));
  const pools = uses.filter(({ where }) => where.includes("loadBalancerCidrs"));
  const own = uses.filter((use) => !pools.includes(use));
  refuse("platform configuration", [
    ...overlaps(own, management),
    // addresses of load balancers are part of the node network in layer 2: they must only miss pods and Services
    ...overlaps(pools, [...own, ...management.filter(({ where }) => !where.includes("nodeCidrs"))]),
  ]);
}
