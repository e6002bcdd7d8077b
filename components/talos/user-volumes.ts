import type { Problem } from "../core/problem";
import { besideState } from "./disk-encryption";
import { VERSION } from "./document";
import type { BaseSettings, Machine } from "./settings";
import type { UserVolume } from "./settings/host";
import type { DiskSelector } from "./settings/install-disk";

/** Documents about the volumes of a machine: those of all machines, and its own instead or beside them. */
export function userVolumes({ talos }: Pick<BaseSettings, "talos">, machine: Pick<Machine, "userVolumes">): object[] {
  return Object.entries({ ...talos.userVolumes, ...machine.userVolumes }).map(
    ([name, { disk, minSize, maxSize, filesystem }]) => ({
      ...VERSION,
      kind: "UserVolumeConfig",
      name,
      provisioning: {
        diskSelector: { match: expression(disk) },
        ...(minSize === undefined ? {} : { minSize }),
        ...(maxSize === undefined ? {} : { maxSize }),
      },
      filesystem: { type: filesystem },
      ...besideState(talos.diskEncryption),
    }),
  );
}

const KINDS = {
  ssd: "!disk.rotational",
  hdd: "disk.rotational",
  nvme: 'disk.transport == "nvme"',
  sd: 'disk.transport == "mmc"',
} as const;

/**
 * A selector as an expression (CEL), which means what Talos makes of a selector of install disks; only there is it a
 * setting of its own (machinery 1.13.0). Never the system disk, on which a volume would wait for room for ever.
 */
function expression({ serial, wwid, model, busPath, size, type }: DiskSelector): string {
  const patterns = { serial, wwid, model, bus_path: busPath };
  return [
    "!system_disk",
    'disk.transport != ""',
    "!disk.readonly",
    "!disk.cdrom",
    ...Object.entries(patterns).flatMap(([property, pattern]) =>
      pattern === undefined ? [] : [`glob(${JSON.stringify(pattern)}, disk.${property})`],
    ),
    ...(size === undefined ? [] : [comparison(size)]),
    ...(type === undefined ? [] : [KINDS[type]]),
  ].join(" && ");
}

function comparison(size: string): string {
  const [, operator = "==", number = ""] = /^(>=|<=|==|>|<)? ?(.*)$/.exec(size) ?? [];
  return `disk.size ${operator} ${bytesOf(number)}u`;
}

/** Bytes of a size like 1.5TB or 512MiB. */
export function bytesOf(size: string): number {
  const [, number = "", prefix = "", binary = ""] = /^([\d.]+) ?([kMGT])(i?)B$/.exec(size) ?? [];
  return Math.round(Number(number) * (binary === "" ? 1000 : 1024) ** " kMGT".indexOf(prefix));
}

/** Volumes that Talos would not make, or refuse. */
export function userVolumeProblems({ talos, machines }: BaseSettings): Problem[] {
  const given = [
    { where: "base.talos.userVolumes", volumes: talos.userVolumes },
    ...Object.entries(machines).map(([name, { userVolumes: volumes = {} }]) => ({
      where: `base.machines.${name}.userVolumes`,
      volumes,
    })),
  ];
  return given.flatMap(({ where, volumes }) =>
    Object.entries(volumes).flatMap(([name, volume]) => sizeProblems(`${where}.${name}`, volume)),
  );
}

function sizeProblems(where: string, { minSize, maxSize }: UserVolume): Problem[] {
  if (minSize === undefined && maxSize === undefined)
    return [{ where, given: "no size", rule: "must have minSize or maxSize", fix: "give one of them, like 100GiB" }];
  if (minSize === undefined || maxSize === undefined || bytesOf(minSize) <= bytesOf(maxSize)) return [];
  const rule = `must be at most maxSize, which is ${maxSize}`;
  return [{ where: `${where}.minSize`, given: minSize, rule, fix: "lower it, or raise maxSize" }];
}
