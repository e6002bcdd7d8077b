import type { Cidr } from "../../components/core/cidr";
import type { Problem } from "../../components/core/problem";
import { sharing } from "./free-network";
import { KINDS, partsOf, poolOf, written, type Inventory, type Kind } from "./schema";

interface Entry {
  readonly where: string;
  readonly kind: Kind;
  readonly network: Cidr;
}

/** What is wrong with an inventory by itself: networks that overlap, or lie outside of their pool. */
export function inventoryContradictions(inventory: Inventory): Problem[] {
  const entries = [
    ...Object.entries(inventory.tenants).flatMap(([tenant, allocation]) =>
      partsOf(allocation).map((part): Entry => ({ where: `tenants.${tenant}.${part.kind}`, ...part })),
    ),
    ...KINDS.flatMap((kind) =>
      inventory.freed[kind].map((network, index): Entry => ({ where: `freed.${kind}.${index}`, kind, network })),
    ),
  ];
  return [...poolProblems(inventory), ...outside(inventory, entries), ...shared(entries)];
}

function poolProblems(inventory: Inventory): Problem[] {
  return KINDS.flatMap((kind) => {
    const { networks = [], prefix = 32 } = poolOf(inventory, kind) ?? {};
    const rule = `must hold a /${prefix}, which every tenant gets`;
    return networks.flatMap((network, index) =>
      network.prefix <= prefix
        ? []
        : [{ where: `pools.${kind}.networks.${index}`, given: String(network), rule, fix: "give a larger network" }],
    );
  });
}

function outside(inventory: Inventory, entries: readonly Entry[]): Problem[] {
  return entries
    .filter(({ kind, network }) => poolOf(inventory, kind)?.networks.some((pool) => pool.contains(network)) !== true)
    .map(({ where, kind, network }) => ({
      where,
      given: written(kind, network),
      rule: `must lie in one of pools.${kind}.networks`,
      fix: "add a network to the pool that holds it, or correct it",
    }));
}

/**
 * Addresses of APIs that nothing announces.
 *
 * @param announced what the platform's load balancers have.
 */
export function unannounced({ pools }: Inventory, announced: readonly Cidr[]): Problem[] {
  return (pools.apiAddress?.networks ?? []).flatMap((network, index) =>
    announced.some((other) => other.contains(network))
      ? []
      : [
          {
            where: `pools.apiAddress.networks.${index}`,
            given: String(network),
            rule: `must lie in platform.networking.loadBalancerCidrs (${announced.map(String).join(", ")})`,
            fix: "correct it, or add it to the platform's stack file",
          },
        ],
  );
}

function shared(entries: readonly Entry[]): Problem[] {
  return sharing(entries).map(([entry, other]) => ({
    where: entry.where,
    given: written(entry.kind, entry.network),
    rule: `must not overlap ${other.where} ${written(other.kind, other.network)}`,
    fix: "take one of the two out and allocate it again with `firmament tenant new`",
  }));
}
