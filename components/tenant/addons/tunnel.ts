import type { Problem } from "../../core/problem";
import { infrastructureOf } from "../infrastructure";
import type { Tenant } from "../settings";

/*
 * The pods of a tenant travel in a tunnel through the pod network of the management cluster, which is a tunnel itself:
 * packets must fit into the outer ones, and a port of the outer tunnel drops what the inner one sends.
 */

/** What VXLAN adds to a packet, in bytes. */
export const OVERHEAD = 50;

/** Where the platform does not say what its network carries: a network of 1500 bytes beneath a tunnel that takes 100. */
const OUTER_MTU = 1400;

/** What networks of machines elsewhere carry, where nothing is said. */
const MACHINES_MTU = 1500;

type Nested = Pick<Tenant, "platform" | "infrastructure">;

interface Tunnel {
  readonly mtu?: number;
  readonly tunnelPort: number;
}

/** Largest packet between pods. */
export function mtuOf(tenant: Nested, { mtu }: Tunnel): number {
  return mtu ?? outerMtu(tenant) - OVERHEAD;
}

/** @param where path of the add-on's settings. */
export function tunnelProblems(where: string, tenant: Nested, tunnel: Tunnel): Problem[] {
  const { outerNetwork } = tenant.platform;
  if (outerNetwork === undefined || !infrastructureOf(tenant).inNamespace) return [];
  const problems: Problem[] = [];
  const most = outerMtu(tenant) - OVERHEAD;
  if (tunnel.mtu !== undefined && tunnel.mtu > most) {
    const rule = `must leave ${OVERHEAD} bytes for the tunnel of the ${outerNetwork.mtu} that the platform's pod network carries`;
    problems.push({
      where: `${where}.mtu`,
      given: String(tunnel.mtu),
      rule,
      fix: `leave it out, or set ${most} or less`,
    });
  }
  if (outerNetwork.tunnelPorts.includes(tunnel.tunnelPort)) {
    const rule = "must not be a port of the platform's own tunnel, which would drop the packets";
    problems.push({ where: `${where}.tunnelPort`, given: String(tunnel.tunnelPort), rule, fix: "choose another" });
  }
  return problems;
}

function outerMtu(tenant: Nested): number {
  if (!infrastructureOf(tenant).inNamespace) return MACHINES_MTU;
  return tenant.platform.outerNetwork?.mtu ?? OUTER_MTU;
}
