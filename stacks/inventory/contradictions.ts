import type { Cidr } from "../../components/core/cidr";
import type { Problem } from "../../components/core/problem";
import { sharing } from "./free-network";
import { KINDS, type Inventory, type Kind } from "./schema";

interface Entry {
  readonly where: string;
  readonly kind: Kind;
  readonly network: Cidr;
}

/** What is wrong with an inventory by itself: networks that overlap, or lie outside of their pool. */
export function inventoryContradictions(inventory: Inventory): Problem[] {
  const entries = [
    ...Object.entries(inventory.tenants).flatMap(([tenant, allocation]) =>
      KINDS.map((kind): Entry => ({ where: `tenants.${tenant}.${kind}`, kind, network: allocation[kind] })),
    ),
    ...KINDS.flatMap((kind) =>
      inventory.freed[kind].map((network, index): Entry => ({ where: `freed.${kind}.${index}`, kind, network })),
    ),
  ];
  return [...poolProblems(inventory), ...outside(inventory, entries), ...shared(entries)];
}

function poolProblems({ pools }: Inventory): Problem[] {
  return KINDS.flatMap((kind) =>
    pools[kind].networks.flatMap((network, index) => {
      if (network.prefix <= pools[kind].prefix) return [];
      const rule = `must hold a /${pools[kind].prefix}, which every tenant gets`;
      return [{ where: `pools.${kind}.networks.${index}`, given: String(network), rule, fix: "give a larger network" }];
    }),
  );
}

function outside({ pools }: Inventory, entries: readonly Entry[]): Problem[] {
  return entries
    .filter(({ kind, network }) => !pools[kind].networks.some((pool) => pool.contains(network)))
    .map(({ where, kind, network }) => ({
      where,
      given: String(network),
      rule: `must lie in one of pools.${kind}.networks`,
      fix: "add a network to the pool that holds it, or correct it",
    }));
}

function shared(entries: readonly Entry[]): Problem[] {
  return sharing(entries).map(([entry, other]) => ({
    where: entry.where,
    given: String(entry.network),
    rule: `must not overlap ${other.where} ${String(other.network)}`,
    fix: "take one of the two out and allocate it again with `firmament tenant new`",
  }));
}
