import type { Problem } from "../core/problem";
import type { BaseSettings } from "./settings";

/** A machine of the last deployment. */
export interface DeployedIdentity {
  readonly role: "controlplane" | "worker";
  readonly address: string;
  /** Of its Talos API, where it is not the address. */
  readonly endpoint?: string | undefined;
}

/** A machine that this deployment takes out of the cluster. */
export interface LeavingMachine extends DeployedIdentity {
  readonly name: string;
  /** Whether it is gone for good, and is not asked. */
  readonly lost: boolean;
  /** Name of a control plane that was in the cluster before and stays. */
  readonly via: string;
}

/** Machines of the last deployment that the settings have no more, in the order in which they leave: workers first. */
export function leavingMachines(
  { machines, lostMachines }: BaseSettings,
  deployed: Readonly<Record<string, DeployedIdentity>> = {},
): LeavingMachine[] {
  const stays = (name: string) => machines[name] !== undefined && deployed[name]?.role === "controlplane";
  const via = Object.keys(deployed).filter(stays).sort()[0] ?? "";
  return Object.entries(deployed)
    .filter(([name]) => machines[name] === undefined)
    .map(([name, machine]) => ({ name, ...machine, lost: lostMachines.includes(name), via }))
    .sort((one, other) =>
      one.role === other.role ? (one.name < other.name ? -1 : 1) : one.role === "worker" ? -1 : 1,
    );
}

/**
 * What is refused when machines are taken out. Under another address or role the provider would configure another
 * machine, or one that cannot follow (siderolabs/terraform-provider-talos 0.11; #216, #133 there).
 */
export function removalProblems(
  base: BaseSettings,
  deployed: Readonly<Record<string, DeployedIdentity>> = {},
): Problem[] {
  return [
    ...majorityProblems(leavingMachines(base, deployed), deployed),
    ...Object.keys(deployed).flatMap((name) => changeProblems(name, base, deployed)),
    ...base.lostMachines.flatMap((name, index) => contradiction(name, index, base)),
  ];
}

/**
 * Those that are new join before others leave, one after the other, so that there is always a majority. Somebody who was
 * there before has to stay. How many are lost does not count here: etcd may have been recovered without them, and where it
 * was not, it refuses to forget them before anything is changed (life/lost-member.ts).
 */
function majorityProblems(
  leaving: readonly LeavingMachine[],
  deployed: Readonly<Record<string, DeployedIdentity>>,
): Problem[] {
  const members = Object.values(deployed).filter(({ role }) => role === "controlplane").length;
  const gone = leaving.filter(({ role }) => role === "controlplane");
  if (members === 0 || gone.length < members) return [];
  const rule = "one of them must stay, from which the others learn what etcd holds";
  const fix = "take out all but one, deploy, and take that one out then";
  return [{ where: "base.machines", given: `all ${members} control planes taken out`, rule, fix }];
}

/** Names of lost machines that the last deployment did not have: mistyped, or gone by now. */
export function lostNotices(
  { lostMachines }: BaseSettings,
  deployed: Readonly<Record<string, DeployedIdentity>> | undefined,
): Problem[] {
  if (deployed === undefined) return [];
  return lostMachines.flatMap((name, index) => {
    if (deployed[name] !== undefined) return [];
    const rule = "is no machine of the last deployment";
    const fix = "take it out, or correct its spelling";
    return [{ where: `base.lostMachines.${index}`, given: name, rule, fix }];
  });
}

function changeProblems(
  name: string,
  base: BaseSettings,
  deployed: Readonly<Record<string, DeployedIdentity>>,
): Problem[] {
  const [wanted, running] = [base.machines[name], deployed[name]];
  if (wanted === undefined || running === undefined) return [];
  return (["role", "address"] as const)
    .filter((key) => wanted[key] !== running[key])
    .map((key) => ({
      where: `base.machines.${name}.${key}`,
      given: wanted[key],
      rule: `is fixed while the machine is in the cluster; ${running[key]} is deployed`,
      fix: `set it back to ${running[key]}, or give the machine another name and take ${name} out`,
    }));
}

function contradiction(name: string, index: number, { machines }: BaseSettings): Problem[] {
  if (machines[name] === undefined) return [];
  const rule = "is in base.machines too";
  return [{ where: `base.lostMachines.${index}`, given: name, rule, fix: "take it out of one of the two" }];
}
