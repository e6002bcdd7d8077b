import { bootAddress } from "../../components/talos/boot-address";
import { imageOf } from "../../components/talos/image/classes";
import type { FactoryChoice } from "../../components/talos/image/urls";
import { type BaseSettings, machinesOf } from "../../components/talos/settings";

/** A machine that is booted over the network. */
export interface BootedMachine {
  readonly name: string;
  readonly mac: string;
  readonly address: string;
  readonly image: FactoryChoice;
}

/** Which machines are booted over the network, and why the others are not. */
export interface Booted {
  readonly machines: readonly BootedMachine[];
  readonly left: readonly { readonly name: string; readonly reason: string }[];
}

export function bootedMachines(settings: BaseSettings): Booted {
  const machines: BootedMachine[] = [];
  const left: { name: string; reason: string }[] = [];
  for (const machine of machinesOf(settings)) {
    const { name, address } = machine;
    const mac = bootAddress(machine);
    const { choice } = imageOf(settings, machine);
    if (choice === undefined)
      left.push({ name, reason: "its image is known by its installer only (base.talos.image)" });
    else if (choice.architecture !== "amd64")
      left.push({ name, reason: `${choice.architecture} has no boot loader here` });
    else if (mac === undefined) left.push({ name, reason: unknownAddress(machine) });
    else machines.push({ name, mac, address, image: choice });
  }
  return { machines, left };
}

function unknownAddress({
  links = {},
}: {
  readonly links?: Readonly<Record<string, { readonly mac?: string }>>;
}): string {
  const several = Object.values(links).filter(({ mac }) => mac !== undefined).length > 1;
  return several ? "several links have a mac: say in boot.mac which one it boots from" : "no MAC address (boot.mac)";
}
