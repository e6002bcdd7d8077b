import type { Problem } from "../core/problem";
import { type Capability, MACHINES_NEED, type TenantAddon } from "./addon";

/** The add-ons that are installed, each after those that provide what it needs. */
export function inOrder(addons: readonly TenantAddon[]): TenantAddon[] {
  const ordered: TenantAddon[] = [];
  const visited = new Set<TenantAddon>();
  const visit = (addon: TenantAddon) => {
    if (visited.has(addon)) return;
    visited.add(addon);
    for (const need of addon.needs) providers(addons, need).forEach(visit);
    ordered.push(addon);
  };
  addons.forEach(visit);
  return ordered;
}

/** Capabilities that machines or add-ons need and that nothing or more than one add-on provides. */
export function capabilityProblems(addons: readonly TenantAddon[]): Problem[] {
  const needs = new Map<Capability, string[]>();
  const note = (who: string) => (need: Capability) => void needs.set(need, [...(needs.get(need) ?? []), who]);
  MACHINES_NEED.forEach(note("machines"));
  for (const { name, needs: own } of addons) own.forEach(note(name));
  return [...needs].flatMap(([need, who]) => {
    const found = providers(addons, need).map(({ name }) => name);
    if (found.length === 1) return [];
    const given = found.length === 0 ? "no add-on" : listed(found);
    const fix = found.length === 0 ? "enable an add-on that provides it" : "disable all but one";
    return [{ where: "tenant.addons", given, rule: `${listed(who)} need exactly one that provides ${need}`, fix }];
  });
}

/** `a, b and c` */
function listed(names: readonly string[]): string {
  return names.join(", ").replace(/, ([^,]*)$/, " and $1");
}

/** Everything that they provide. */
export function provided(addons: readonly TenantAddon[]): ReadonlySet<Capability> {
  return new Set(addons.flatMap(({ provides }) => provides));
}

function providers(addons: readonly TenantAddon[], capability: Capability): TenantAddon[] {
  return addons.filter(({ provides }) => provides.includes(capability));
}
