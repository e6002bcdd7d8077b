import type { Problem } from "../core/problem";
import type { BaseSettings, Machine } from "./settings";

/**
 * MAC address that a machine boots from over the network: what `boot` says, otherwise the only one of its links.
 *
 * @returns undefined where there is none, or several and nothing says which.
 */
export function bootAddress({ boot, links = {} }: Pick<Machine, "boot" | "links">): string | undefined {
  if (boot !== undefined) return boot.mac;
  const [only, ...others] = Object.values(links).flatMap(({ mac }) => mac ?? []);
  return others.length === 0 ? only : undefined;
}

/** A boot server tells machines apart by it alone. */
export function bootAddressProblems({ machines }: BaseSettings): Problem[] {
  const owners = new Map<string, string>();
  return Object.entries(machines).flatMap(([name, machine]) => {
    const mac = bootAddress(machine);
    if (mac === undefined) return [];
    const twin = owners.get(mac);
    owners.set(mac, twin ?? name);
    if (twin === undefined) return [];
    const where = `base.machines.${name}.${machine.boot === undefined ? "links" : "boot.mac"}`;
    return [{ where, given: mac, rule: `must be the machine's own; ${twin} has it`, fix: "correct one of the two" }];
  });
}
