import type { Problem } from "../core/problem";
import type { BaseSettings, Machine } from "./settings";
import type { InstallDisk } from "./settings/install-disk";

/** The disk of a machine: its own setting, or that of all machines. */
function diskOf(
  { talos }: Pick<BaseSettings, "talos">,
  machine: Pick<Machine, "installDisk">,
): InstallDisk | undefined {
  return machine.installDisk ?? talos.installDisk;
}

/**
 * `machine.install` as far as it is about the disk. Generated configurations name /dev/sda (machinery 1.13.0), which a
 * selector must not leave behind.
 *
 * @throws RangeError for settings without a disk, which {@link installDiskProblems} refuses.
 */
export function diskPatch(cluster: Pick<BaseSettings, "talos">, machine: Machine): object {
  const disk = diskOf(cluster, machine);
  if (disk === undefined) throw new RangeError(`no disk is given for ${machine.name}`);
  return typeof disk === "string" ? { disk } : { disk: { $patch: "delete" }, diskSelector: disk };
}

/** Names that the kernel gives in the order in which it finds disks. */
const KERNEL_NAME = /^\/dev\/(sd|hd|vd|xvd|nvme|mmcblk|pmem|dm-|md)[a-z0-9]*$/;

/**
 * Machines without a disk, and disks whose name may be another one's when the machine boots next: Talos is then
 * installed over data (siderolabs/talos#4766, #9647).
 */
export function installDiskProblems({ talos, machines, tier }: BaseSettings): Problem[] {
  const given: [where: string, disk: InstallDisk | undefined][] = [
    ["base.talos.installDisk", talos.installDisk],
    ...Object.entries(machines).map(([name, { installDisk }]): [string, InstallDisk | undefined] => [
      `base.machines.${name}.installDisk`,
      installDisk,
    ]),
  ];
  const disks = given.map(([, disk]) => disk);
  if (disks.every((disk) => disk === undefined)) return [missing("base.talos.installDisk", "here or for each machine")];
  return [...givenProblems(given, talos.installDisk, tier), ...sharedDisks({ talos, machines })];
}

function givenProblems(
  given: readonly [where: string, disk: InstallDisk | undefined][],
  ofAll: InstallDisk | undefined,
  tier: BaseSettings["tier"],
): Problem[] {
  return given.flatMap(([where, disk], index) => {
    if (disk === undefined)
      return index === 0 || ofAll !== undefined
        ? []
        : [missing(where, "here or for all machines in base.talos.installDisk")];
    if (typeof disk !== "string" || tier !== "production" || !KERNEL_NAME.test(disk)) return [];
    const rule = "must be a stable name in production: after a boot it may be another disk, and its data are lost";
    return [{ where, given: disk, rule, fix: "give a selector like { serial: … }, or a path below /dev/disk/by-id" }];
  });
}

/** Only one disk has a serial number or WWID that is given in full: the other machine would wait for it for ever. */
function sharedDisks(base: Pick<BaseSettings, "talos" | "machines">): Problem[] {
  const owners = new Map<string, string>();
  const problems = Object.entries(base.machines).flatMap(([name, machine]): Problem[] => {
    const disk = diskOf(base, machine);
    if (disk === undefined || typeof disk === "string") return [];
    return (["serial", "wwid"] as const).flatMap((property) => {
      const given = disk[property];
      if (given === undefined || given.includes("*")) return [];
      const owner = owners.get(given);
      if (owner === undefined) owners.set(given, name);
      if (owner === undefined) return [];
      const where = `${machine.installDisk === undefined ? "base.talos" : `base.machines.${name}`}.installDisk.${property}`;
      const rule = `must be of one disk; it is that of ${owner} already`;
      return [{ where, given, rule, fix: `give ${name} that of its own disk, or a pattern with *` }];
    });
  });
  // the setting of all machines is wrong once
  return [...new Map(problems.map((problem) => [problem.where, problem])).values()];
}

function missing(where: string, place: string): Problem {
  const rule = `must be given, ${place}: Talos erases the disk`;
  const fix = "choose one of `talosctl get disks --insecure --nodes <address> -o yaml`, like { serial: … }";
  return { where, given: "missing", rule, fix };
}
