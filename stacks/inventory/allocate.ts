import type { Cidr } from "../../components/core/cidr";
import { InvalidInput, type Problem } from "../../components/core/problem";
import { lowestFree } from "./free-network";
import { KINDS, type Allocation, type Inventory, type Kind } from "./schema";

/** What a new tenant is given beside what its pools say. */
export interface Wish {
  /** Prefix length of its pod network. Default: that of the pool. */
  readonly podPrefix?: number;
  /** Whether it gets networks of tenants that are gone, where there are any of its size. Default: false. */
  readonly reuse?: boolean;
  /** Further networks that it must share no address with. Default: none. */
  readonly taken?: readonly Cidr[];
}

/**
 * Gives networks to a tenant; one that has some keeps them.
 *
 * @returns the inventory with the tenant in it.
 * @throws InvalidInput with every pool that has no room.
 */
export function allocate(inventory: Inventory, tenant: string, wish: Wish = {}): Inventory {
  if (Object.hasOwn(inventory.tenants, tenant)) return inventory;
  const problems: Problem[] = [];
  const freed = { ...inventory.freed };
  const given = new Map<Kind, Cidr>();
  for (const kind of KINDS) {
    const { networks, prefix: usual } = inventory.pools[kind];
    const prefix = kind === "podCidr" ? (wish.podPrefix ?? usual) : usual;
    const taken = [...given.values(), ...(wish.taken ?? []), ...inUse(inventory)];
    const again = wish.reuse === true ? freed[kind].find((one) => fits(one, prefix, taken)) : undefined;
    const network = again ?? lowestFree(networks, prefix, [...taken, ...KINDS.flatMap((each) => freed[each])]);
    if (network === undefined) {
      const rule = `must have room for a /${prefix} more, beside what tenants have, had, and all other networks of the cloud`;
      const fix =
        freed[kind].length === 0
          ? "add a network"
          : "add a network, or give --reuse to take one of a tenant that is gone";
      problems.push({ where: `pools.${kind}.networks`, given: networks.map(String).join(", "), rule, fix });
      continue;
    }
    given.set(kind, network);
    if (again !== undefined) freed[kind] = freed[kind].filter((one) => one !== again);
  }
  if (problems.length > 0) throw new InvalidInput("the inventory", problems);
  const allocation = Object.fromEntries(given) as unknown as Allocation;
  return { ...inventory, tenants: { ...inventory.tenants, [tenant]: allocation }, freed };
}

/** Takes a tenant out of an inventory; its networks are freed. */
export function release(inventory: Inventory, tenant: string): Inventory {
  const { [tenant]: gone, ...tenants } = inventory.tenants;
  if (gone === undefined || !Object.hasOwn(inventory.tenants, tenant)) return inventory;
  const freed = Object.fromEntries(
    KINDS.map((kind) => [kind, [...inventory.freed[kind], gone[kind]].sort((one, other) => one.first - other.first)]),
  ) as unknown as Inventory["freed"];
  return { ...inventory, tenants, freed };
}

/** Networks of all tenants. */
function inUse({ tenants }: Inventory): Cidr[] {
  return Object.values(tenants).flatMap((allocation) => KINDS.map((kind) => allocation[kind]));
}

function fits(network: Cidr, prefix: number, taken: readonly Cidr[]): boolean {
  return network.prefix === prefix && !taken.some((other) => other.overlaps(network));
}
