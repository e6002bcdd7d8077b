import { z } from "zod";
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
