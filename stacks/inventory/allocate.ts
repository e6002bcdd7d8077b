import type { Cidr } from "../../components/core/cidr";
import { InvalidInput, type Problem } from "../../components/core/problem";
import { lowestFree } from "./free-network";
import { KINDS, partsOf, poolOf, written, type Allocation, type Inventory, type Kind } from "./schema";

/** What a new tenant is given beside what its pools say. */
export interface Wish {
  /** Prefix length of its pod network. Default: that of the pool. */
  readonly podPrefix?: number;
  /** Whether its API gets an address, where the inventory has a pool of them. Default: false. */
  readonly address?: boolean;
  /** Whether it gets what tenants had that are gone, where there is any of its size. Default: false. */
  readonly reuse?: boolean;
  /** Further networks that its own must share no address with. Default: none. */
  readonly taken?: readonly Cidr[];
  /** Further addresses that its API must not have. Default: none. */
  readonly takenAddresses?: readonly Cidr[];
}

/**
 * Gives networks, and an address for its API, to a tenant; one that has some keeps them.
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
    const pool = kind === "apiAddress" && wish.address !== true ? undefined : poolOf(inventory, kind);
    if (pool === undefined) continue;
    const { networks, prefix } = kind === "podCidr" ? { ...pool, prefix: wish.podPrefix ?? pool.prefix } : pool;
    const others = kind === "apiAddress" ? wish.takenAddresses : wish.taken;
    const taken = [...given.values(), ...(others ?? []), ...inUse(inventory)];
    const again = wish.reuse === true ? freed[kind].find((one) => fits(one, prefix, taken)) : undefined;
    const network = again ?? lowestFree(networks, prefix, [...taken, ...KINDS.flatMap((each) => freed[each])]);
    if (network === undefined) {
      const rule = `must have room for a /${prefix} more, beside what tenants have, had, and all other networks of the cloud`;
      const fix =
        freed[kind].length === 0
          ? "add a network"
          : "add a network, or give --reuse to take what a tenant had that is gone";
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

/** Takes a tenant out of an inventory; what it had is freed. */
export function release(inventory: Inventory, tenant: string): Inventory {
  const { [tenant]: gone, ...tenants } = inventory.tenants;
  if (gone === undefined || !Object.hasOwn(inventory.tenants, tenant)) return inventory;
  const freed = Object.fromEntries(
    KINDS.map((kind) => {
      const all = [...inventory.freed[kind], ...(gone[kind] === undefined ? [] : [gone[kind]])];
      return [kind, all.sort((one, other) => one.first - other.first)];
    }),
  ) as unknown as Inventory["freed"];
  return { ...inventory, tenants, freed };
}

/** Something that a stack file or the inventory says of a tenant, as text. */
export type Texts = Readonly<Partial<Record<Kind, string>>>;

/** What a tenant has, as it is written down. */
export function textsOf(allocation: Allocation): Texts {
  return Object.fromEntries(partsOf(allocation).map(({ kind, network }) => [kind, written(kind, network)]));
}

/** What all tenants have. */
function inUse({ tenants }: Inventory): Cidr[] {
  return Object.values(tenants).flatMap((allocation) => partsOf(allocation).map(({ network }) => network));
}

function fits(network: Cidr, prefix: number, taken: readonly Cidr[]): boolean {
  return network.prefix === prefix && !taken.some((other) => other.overlaps(network));
}
