import { z } from "zod";
import type { Problem } from "../../../core/problem";
import type { CommonSettings } from "../../common-settings";
import type { OwnSettings } from "../../component";

const pool = z.union([
  z.strictObject({ zfs: z.string().describe("name of a zpool that every storage node has") }),
  z.strictObject({
    lvmThin: z
      .strictObject({
        volumeGroup: z.string().describe("LVM volume group that every storage node has"),
        thinPool: z.string().describe("thin pool in that volume group"),
      })
      .describe("a thin pool of LVM on every storage node"),
  }),
  z.strictObject({ directory: z.string().startsWith("/").describe("for trials: files in a directory of the node") }),
]);

/** Where LINSTOR keeps volumes on every storage node. */
export type StoragePool = z.output<typeof pool>;

export const storageSettings = {
  storage: {
    pool: pool.optional().describe("where volumes are on every storage node; needed where LINSTOR keeps them"),
    replicas: z.int().min(1).max(5).default(3).describe("copies of a replicated volume"),
    encryption: z
      .boolean()
      .optional()
      .describe(
        "whether volumes are encrypted at rest (LUKS), by keys that the secret setting storagePassphrase locks; default: in production; fixed once there are volumes",
      ),
  },
};

export type StorageSettings = CommonSettings & OwnSettings<typeof storageSettings>;

export function encrypted({ tier, storage }: StorageSettings): boolean {
  return storage.encryption ?? tier === "production";
}

/** Extensions that the machines' image has to carry for DRBD and for this pool. Nothing can be installed on Talos later. */
export function missingExtensions(pool: StoragePool | undefined, carried: readonly string[]): Problem[] {
  const needed = [
    { where: "platform.components.piraeus", given: "enabled", extension: "siderolabs/drbd" },
    ...(pool !== undefined && "zfs" in pool
      ? [{ where: "platform.storage.pool.zfs", given: pool.zfs, extension: "siderolabs/zfs" }]
      : []),
  ];
  return needed
    .filter(({ extension }) => !carried.includes(extension))
    .map(({ where, given, extension }) => ({
      where,
      given,
      rule: `needs the system extension ${extension} on the machines, and base.talos.extensions does not have it`,
      fix: "install an image that carries it and list it there, then deploy the base stack; or choose other storage",
    }));
}
