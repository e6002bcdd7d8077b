import { Cidr } from "../core/cidr";
import { overlaps, type Use } from "../core/network-overlaps";
import { type Problem, refuse } from "../core/problem";
import { OBJECTS } from "./capabilities";
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

/** Addresses that are given out and given up at once, and stores of others under the name of the platform's own. */
export function contradictions({ networking, dataStores }: CommonSettings): Problem[] {
  const { loadBalancerCidrs, abandonedCidrs } = networking;
  const givenUp = abandonedCidrs.flatMap((network, index) => {
    const used = loadBalancerCidrs.find((each) => each.contains(network));
    if (used === undefined) return [];
    const rule = `must not lie in loadBalancerCidrs (${String(used)}), which gives its addresses out`;
    const fix = "take it out of one of both";
    return [{ where: `platform.networking.abandonedCidrs.${index}`, given: String(network), rule, fix }];
  });
  const taken = Object.hasOwn(dataStores, OBJECTS.dataStore)
    ? [
        {
          where: `platform.dataStores.${OBJECTS.dataStore}`,
          given: OBJECTS.dataStore,
          rule: "is the name of the platform's own DataStore",
          fix: "give yours another name",
        },
      ]
    : [];
  return [...givenUp, ...taken];
}

/**
 * Traffic of pods to the machines that they run on comes from the pods' own networks: a firewall of the machines that
 * does not let those in cuts pods off from cluster DNS, which Talos forwards to the machine, and from the API server of
 * the same machine (siderolabs/talos#8945, #9191).
 *
 * @param reachableFrom networks that reach every port of the machines; undefined where an older base stack does not say.
 * @throws InvalidInput when pods of the platform are outside of them.
 */
export function refuseClosedMachines(
  { networking: { podCidr, joinCidr } }: CommonSettings,
  reachableFrom: readonly string[] | undefined,
): void {
  if (reachableFrom === undefined) return;
  const open = reachableFrom.map((network) => Cidr.parse(network));
  const rule = `must lie in a network that the firewall of the machines lets in (${reachableFrom.join(", ")})`;
  refuse(
    "platform configuration",
    Object.entries({ "platform.networking.podCidr": podCidr, "platform.networking.joinCidr": joinCidr })
      .filter(([, network]) => !open.some((other) => other.contains(network)))
      .map(([where, network]) => {
        const fix = `add ${String(network)} to base.network.firewall.inside and run the base stack`;
        return { where, given: String(network), rule, fix };
      }),
  );
}

/**
 * MetalLB takes addresses away at once that its pool no longer holds, API endpoints of tenants among them (0.16.1).
 *
 * @param deployed networks of the last deployment, by setting.
 * @throws InvalidInput when one of them is gone that settings do not give up by name.
 */
export function refuseLostAddresses({ networking }: CommonSettings, deployed: unknown): void {
  if (typeof deployed !== "object" || deployed === null) return;
  const held = [...networking.loadBalancerCidrs, ...networking.abandonedCidrs];
  const rule = "was deployed; Services and APIs of tenants with its addresses would lose them at once";
  refuse(
    "platform configuration",
    Object.entries(deployed)
      .filter(([where]) => where.startsWith("platform.networking.loadBalancerCidrs."))
      .map(([, network]) => String(network))
      .filter((network) => !held.some((other) => other.contains(Cidr.parse(network))))
      .map((network) => ({
        where: "platform.networking.loadBalancerCidrs",
        given: `without ${network}`,
        rule,
        fix: "keep it, or move what uses it and name it in platform.networking.abandonedCidrs",
      })),
  );
}
