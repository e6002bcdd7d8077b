import type { Problem } from "../core/problem";
import type { BaseSettings } from "./settings";

/** Machines of the last deployment, by name. */
export type DeployedMachines = Readonly<
  Record<string, { readonly role: "controlplane" | "worker"; readonly address: string }>
>;

/**
 * A machine that is taken out of the settings keeps running: with Kubernetes' keys on its disk, and as a member of etcd
 * whose majority counts it. The provider deletes its record of the configuration and asks nothing of the machine; under
 * another address or role it configures another machine, or one that cannot follow (siderolabs/terraform-provider-talos
 * 0.11; #216, #133 there).
 */
export function removalProblems(base: BaseSettings, deployed: DeployedMachines = {}): Problem[] {
  const gone = Object.keys(deployed).filter((name) => base.machines[name] === undefined);
  return [
    ...gone.filter((name) => !base.removedMachines.includes(name)).map((name) => stillThere(name, deployed)),
    ...majorityProblems(gone, deployed),
    ...Object.keys(deployed).flatMap((name) => changeProblems(name, base, deployed)),
    ...base.removedMachines.flatMap((name, index) => contradiction(name, index, base)),
  ];
}

function stillThere(name: string, deployed: DeployedMachines): Problem {
  const { address, role } = deployed[name] ?? { address: "", role: "worker" };
  return {
    where: `base.machines.${name}`,
    given: "taken out",
    rule: `the machine at ${address} is still in the cluster${role === "controlplane" ? ", and a member of etcd" : ""}`,
    fix:
      `run \`talosctl --nodes ${address} reset --graceful\`, which drains it, lets it leave and wipes it, then ` +
      `\`kubectl delete node ${name}\`, and list it in base.removedMachines; one control plane at a time`,
  };
}

/** Members that leave one after the other always leave a majority behind; those that are left must have been one. */
function majorityProblems(gone: readonly string[], deployed: DeployedMachines): Problem[] {
  const members = Object.keys(deployed).filter((name) => deployed[name]?.role === "controlplane");
  const left = members.filter((name) => !gone.includes(name)).length;
  if (members.length === 0 || left > members.length / 2) return [];
  const given = `${left} of ${members.length} control planes stay`;
  const rule = "must be a majority: etcd stops without it";
  return [{ where: "base.machines", given, rule, fix: "take out fewer at once, and deploy in between" }];
}

function changeProblems(name: string, base: BaseSettings, deployed: DeployedMachines): Problem[] {
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
  return [{ where: `base.removedMachines.${index}`, given: name, rule, fix: "take it out of one of the two" }];
}
