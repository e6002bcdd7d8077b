import { z } from "zod";
import type { Problem } from "../../../core/problem";
import type { CommonSettings } from "../../common-settings";
import type { FixedSetting, OwnSettings, ManagementCluster } from "../../component";
import { workloadMachines } from "../../shared-values";

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
    machines: z
      .array(z.string())
      .min(1)
      .optional()
      .describe(
        "machines of the base stack that keep volumes; default: its workers or, where there are none, its control planes",
      ),
    replicas: z
      .int()
      .min(1)
      .max(5)
      .default(3)
      .describe("copies of a replicated volume, each on a machine of its own; fixed once there are volumes"),
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

/**
 * Extensions that the images of machines which keep volumes have to carry, for DRBD and for the pool. Nothing can be
 * installed on Talos later.
 */
export function missingExtensions({ storage }: StorageSettings, management: ManagementCluster): Problem[] {
  const { pool, machines = workloadMachines(management) } = storage;
  const needed = [
    { where: "platform.components.piraeus", given: "enabled", extension: "siderolabs/drbd" },
    ...(pool !== undefined && "zfs" in pool
      ? [{ where: "platform.storage.pool.zfs", given: pool.zfs, extension: "siderolabs/zfs" }]
      : []),
  ];
  return needed.flatMap(({ where, given, extension }) => {
    const without = machines.filter((name) => {
      const { extensions = management.extensions } = management.machines[name] ?? {};
      return !extensions.includes(extension);
    });
    if (without.length === 0) return [];
    const whose = without.length === machines.length ? "the machines" : without.join(", ");
    return [
      {
        where,
        given,
        rule: `needs the system extension ${extension} on machines that keep volumes, and the image of ${whose} does not have it`,
        fix: "add it to extensions of base.talos.image or of the machines' class, install that image, deploy the base stack; or choose other storage",
      },
    ];
  });
}

/** A volume with more copies than there are machines for them is never made: its claims stay pending. */
export function machineProblems({ storage }: StorageSettings, management: ManagementCluster): Problem[] {
  const { replicas, machines = workloadMachines(management) } = storage;
  const unknown = machines.filter((name) => !(name in management.machines));
  const fix = "give fewer copies, or more machines to the base stack or to platform.storage.machines";
  const rule = `must not be more than the ${machines.length} machines that keep volumes (${machines.join(", ")})`;
  return [
    ...unknown.map((given) => ({
      where: "platform.storage.machines",
      given,
      rule: "must be a machine of the base stack",
      fix: `correct the name: ${Object.keys(management.machines).join(", ")}`,
    })),
    ...(replicas > new Set(machines).size
      ? [{ where: "platform.storage.replicas", given: String(replicas), rule, fix }]
      : []),
  ];
}

/** Both are parameters of StorageClasses, which Kubernetes does not let change. */
export function fixedSettings(settings: StorageSettings): Readonly<Record<string, FixedSetting>> {
  const rule = "is fixed once there are volumes: StorageClasses cannot be changed";
  return {
    "platform.storage.encryption": {
      value: String(encrypted(settings)),
      rule: `${rule}, and volumes keep what they were made with`,
      fix: "set it to what it was (the default follows platform.tier); other volumes go to another cloud",
    },
    "platform.storage.replicas": {
      value: String(settings.storage.replicas),
      rule,
      fix: "set it to what it was; volumes with other copies need a StorageClass of your own beside these",
    },
  };
}
