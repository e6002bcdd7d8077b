import { z } from "zod";
import { count } from "../../core/schema";
import { diskSelector } from "./install-disk";

const SIZE = /^[1-9][0-9]{0,5}(MB|GB|TB|MiB|GiB|TiB)$/;
const size = z.string().regex(SIZE, "must be a size with a unit, like 100GiB");

const userVolume = z.strictObject({
  disk: diskSelector.describe(
    "Disk that the volume is made on, by what it is; never the one that Talos is installed to, nor one of a storage pool.",
  ),
  minSize: size.exactOptional().describe("Room that the disk must have. This or `maxSize` is needed."),
  maxSize: size.exactOptional().describe("Room that the volume takes at most. All that is free, when it is left out."),
  filesystem: z.enum(["xfs", "ext4"]).default("xfs").describe("What it is formatted with."),
});

/** Volumes by name. */
export const userVolumes = z.record(
  z
    .string()
    .regex(
      /^[a-z0-9]([a-z0-9-]{0,32}[a-z0-9])?$/,
      "must be the name of a volume: a-z, 0-9 and - inside, 34 characters at most",
    ),
  userVolume,
);

export type UserVolume = z.output<typeof userVolume>;

export const hugePages = count(1, 4_194_304);

const destination = z
  .string()
  .regex(/^(tcp|udp):\/\/[A-Za-z0-9.-]+:[0-9]{1,5}$/, "must be a URL like tcp://192.0.2.40:6051")
  .refine(URL.canParse, "must be a URL like tcp://192.0.2.40:6051");

/** What of a host is set for all machines. */
export const host = {
  userVolumes: userVolumes
    .default({})
    .describe(
      "Volumes of every machine beside those of Talos, by name, mounted at /var/mnt/<name>; machines add their own under " +
        "`userVolumes`. They are encrypted where the system disk is. Storage pools of the platform need none: they take whole disks.",
    ),
  hugePages: hugePages
    .exactOptional()
    .describe(
      "Pages of 2 MiB that every machine sets aside for virtual machines which ask for huge pages; pods cannot use that memory otherwise.",
    ),
  watchdog: z
    .strictObject({
      device: z
        .string()
        .regex(/^\/dev\/watchdog[0-9]*$/, "must be a device like /dev/watchdog0")
        .default("/dev/watchdog0")
        .describe("Device of the timer."),
      timeout: count(10, 600).default(60).describe("Seconds without a sign of life."),
    })
    .exactOptional()
    .describe("Timer of the hardware that restarts a machine which hangs. None, when it is left out."),
  kernelLog: destination
    .exactOptional()
    .describe(
      "Where machines send the log of their kernel, unencrypted: a collector in the network of the machines. Nowhere, when it is left out.",
    ),
};
