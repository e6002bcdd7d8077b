import { z } from "zod";
import { name } from "../../../core/schema";

/** Live migrations at a time, by KubeVirt itself (1.8). */
export const DEFAULT_MIGRATIONS = 5;

export const virtualizationSettings = {
  virtualization: {
    cpuModel: z
      .string()
      .min(1)
      .exactOptional()
      .describe(
        "processor that guests see where they ask for none, e.g. Haswell-noTSX: one that all machines have lets guests move between all of them; default: host-model, that of the machine they start on",
      ),
    cpuAllocationRatio: z
      .int()
      .min(1)
      .max(32)
      .default(10)
      .describe("processors of guests for each one of a machine, where guests do not ask for their own"),
    memoryOverhead: z
      .string()
      .regex(/^[1-9](\.\d+)?$/, "must be a factor of at least 1 like 1.5")
      .exactOptional()
      .describe(
        "factor on the memory that the pod of a guest has beside the guest's own, e.g. 1.5 where guests with many devices are ended for want of it",
      ),
    migrationNetwork: name
      .exactOptional()
      .describe(
        "NetworkAttachmentDefinition in KubeVirt's namespace whose network carries live migrations, apart from that of pods",
      ),
    parallelMigrations: z
      .int()
      .min(1)
      .max(100)
      .default(DEFAULT_MIGRATIONS)
      .describe("live migrations at a time in the whole cloud; at most two leave one machine"),
    migrationBandwidth: z
      .string()
      .regex(/^[0-9]+[KMG]i?$/, "must be a quantity of bytes a second like 512Mi")
      .exactOptional()
      .describe("most that one live migration takes of the network, in bytes a second; default: no limit"),
    instanceTypes: z
      .boolean()
      .default(false)
      .describe("whether KubeVirt's common instance types and preferences are there for virtual machines to name"),
  },
};
