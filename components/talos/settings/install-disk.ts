import { z } from "zod";

const SIZE = /^(>=|<=|==|>|<)? ?[0-9]{1,6}(\.[0-9]{1,3})? ?[kMGT]i?B$/;

/** What the property is, as `talosctl get disks -o yaml` shows it; `*` stands for any characters. */
const pattern = (what: string, example: string) =>
  z
    .string()
    .regex(/\S/, "must not be empty")
    .describe(`${what}, with * for any characters: ${example}.`)
    .exactOptional();

/** A disk by what it is, all given properties at once. */
export const diskSelector = z
  .strictObject({
    serial: pattern("Serial number", "S5G8NG0R100042"),
    wwid: pattern("World wide identifier", "eui.0025388b11b2a042"),
    model: pattern("Model", "SAMSUNG MZ7*"),
    busPath: pattern("Where the disk is plugged in", "/pci0000:00/0000:00:17.0/ata1/*"),
    size: z
      .string()
      .regex(SIZE, 'must be a size with a unit, compared if need be, like 480GB, ">= 100GB" or "< 1TiB"')
      .describe('Size, or a comparison with one: 480GB, ">= 100GB".')
      .exactOptional(),
    type: z
      .enum(["ssd", "hdd", "nvme", "sd"])
      .describe("Kind of disk. ssd is every one that does not rotate, those on NVMe too.")
      .exactOptional(),
  })
  .refine((given) => Object.keys(given).length > 0, {
    error: "must name a property of the disk, like serial or wwid",
    // one that is misspelt is a problem of its own
    when: ({ issues }) => issues.length === 0,
  })
  .meta({ minProperties: 1 });

/** The disk that Talos is installed to, and everything on it erased: found by what it is, or by a path. */
export const installDisk = z
  .union(
    [z.string().regex(/^\/dev\/[A-Za-z0-9/:._+@-]+$/, "must be a path below /dev, or a selector"), diskSelector],
    "must be a path like /dev/disk/by-id/…, or a selector of serial, wwid, model, busPath, size, type",
  )
  .describe(
    "Disk that Talos is installed to; what is on it is lost. A selector like { serial: S5G8NG0R100042 } names the disk by " +
      "what it is, all given properties at once: of several disks that fit, Talos takes any. A path below " +
      "/dev/disk/by-id or /dev/disk/by-path is stable too; /dev/sda may be another disk after every boot and is refused " +
      "in production. `talosctl get disks --insecure --nodes <address> -o yaml` lists the disks of a new machine.",
  );

export type DiskSelector = z.output<typeof diskSelector>;
export type InstallDisk = z.output<typeof installDisk>;
