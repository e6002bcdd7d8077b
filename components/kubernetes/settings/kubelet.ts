import { z } from "zod";

const size = z.string().regex(/^[1-9][0-9]*(Mi|Gi)$/, "must be a size like 512Mi or 4Gi");
const cpu = z.string().regex(/^[1-9][0-9]*m?$/, "must be cores like 500m or 2");
const threshold = z.string().regex(/^([1-9][0-9]?%|[1-9][0-9]*(Mi|Gi))$/, "must be a share or a size, like 10% or 1Gi");

/** What a kubelet keeps from pods. */
export const reserved = (whom: string, rest: string) =>
  z
    .strictObject({
      cpu: cpu.exactOptional().describe("Cores, like 500m."),
      memory: size.exactOptional().describe("Memory, like 1Gi."),
      ephemeralStorage: size.exactOptional().describe("Room on the system disk, like 1Gi."),
    })
    .meta({ title: "Kubelet reserve" })
    .describe(`What pods do not get because ${whom} needs it. ${rest}`);

/** When a kubelet evicts pods. */
export const evictionHard = z
  .strictObject({
    memory: threshold.exactOptional().describe("Free memory. Default: 100Mi."),
    nodeFs: threshold.exactOptional().describe("Free room on the system disk. Default: 10%."),
    nodeFsInodes: threshold.exactOptional().describe("Free inodes of the system disk. Default: 5%."),
    imageFs: threshold.exactOptional().describe("Free room for images. Default: 15%."),
  })
  .meta({ title: "Eviction thresholds" })
  .describe("When pods are evicted because less than that is left.");

export type KubeletReserve = z.output<ReturnType<typeof reserved>>;
export type EvictionThresholds = z.output<typeof evictionHard>;
