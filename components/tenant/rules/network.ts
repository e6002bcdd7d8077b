import { overlaps, type Use } from "../../core/network-overlaps";
import type { Problem } from "../../core/problem";
import { serviceNetworkProblems } from "../../core/service-network";
import { largestRolling } from "../capacity";
import { controlPlaneOf } from "../control-planes";
import type { Tenant } from "../settings";
import { besides } from "./quota";

/** Prefix length of the slice of the pod network that every node gets (default of the controller manager). */
const NODE_PREFIX = 24;

/** Networks that overlap those of the platform or of neighbours, or hold too little. */
export function networkProblems(tenant: Tenant, neighbours: readonly Use[]): Problem[] {
  return [
    ...overlaps(networks(tenant), [...management(tenant), ...neighbours]),
    ...podNetworkProblems(tenant),
    ...serviceNetworkProblems("tenant.network.serviceCidr", tenant.network.serviceCidr),
  ];
}

function networks({ network }: Tenant): Use[] {
  return [
    { where: "tenant.network.podCidr", network: network.podCidr },
    { where: "tenant.network.serviceCidr", network: network.serviceCidr },
  ];
}

function management({ platform }: Tenant): Use[] {
  return Object.entries(platform.networks).map(([where, network]) => ({
    where: `the management cluster's ${where}`,
    network,
  }));
}

function podNetworkProblems(tenant: Tenant): Problem[] {
  const {
    nodePools,
    network: { podCidr },
  } = tenant;
  const nodes = Object.values(nodePools).reduce(
    (sum, pool) => sum + largestRolling(pool),
    controlPlaneOf(tenant).nodes(tenant),
  );
  if (2 ** (NODE_PREFIX - podCidr.prefix) >= nodes) return [];
  const rule = `must hold a /${NODE_PREFIX} for each of ${nodes} nodes, ${besides(tenant)}`;
  return [{ where: "tenant.network.podCidr", given: String(podCidr), rule, fix: "choose a larger network" }];
}
