import type { Problem } from "../core/problem";
import { nodeNetworkProblems } from "./network-problems";
import type { BaseSettings } from "./settings";

/** Where the API servers of control planes listen. */
const API_PORT = "6443";

/**
 * An endpoint at which nothing answers. Machines and the gate that waits for the API would try it until they give up, and
 * nothing would say why (siderolabs/talos#8662, #4011).
 */
export function endpointProblems({ endpoint, externalEndpoint, network, machines }: BaseSettings): Problem[] {
  const { hostname, port } = new URL(endpoint);
  const problem = { where: "base.endpoint", given: endpoint };
  const [name, owner] = Object.entries(machines).find(([, { address }]) => address === hostname) ?? [];
  if (owner?.role === "worker") {
    const fix = "name base.network.vip, a control plane or a load balancer";
    return [{ ...problem, rule: `must not be a worker's address: ${name} serves no Kubernetes API`, fix }];
  }
  if (owner === undefined && hostname !== network.vip?.address) {
    if (externalEndpoint) return [];
    const rule = "must be base.network.vip or a control plane's address: nothing else here answers at it";
    const fix = "set base.network.vip to it, or base.externalEndpoint to true for a load balancer or DNS name of yours";
    return [{ ...problem, rule, fix }];
  }
  if (port === API_PORT) return [];
  return [{ ...problem, rule: `must have port ${API_PORT}, where control planes serve it`, fix: "correct the port" }];
}

/** A shared address that a machine owns already, or that its neighbours would not look for on the node network. */
export function vipProblems({ network: { vip, nodeCidrs }, machines }: BaseSettings): Problem[] {
  if (vip === undefined) return [];
  const where = "base.network.vip.address";
  const owner = Object.entries(machines).find(([, { address }]) => address === vip.address)?.[0];
  if (owner === undefined) return nodeNetworkProblems(where, vip.address, nodeCidrs, "choose a free address in there");
  const rule = `must be no machine's own; ${owner} has it`;
  return [{ where, given: vip.address, rule, fix: "choose a free address" }];
}
