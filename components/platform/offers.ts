import { z } from "zod";
import { count } from "../core/schema";
import { quantity } from "../core/quantity";

const amount = z.string().refine(isQuantity, { error: "must be a quantity like 8Gi" });

/** What tenants can be made of: the platform's contract passes it on to whoever makes them. */
export const offers = z.strictObject({
  versions: z
    .record(
      z.string().regex(/^v1\.\d+\.\d+$/, { error: "must be a Kubernetes version like v1.34.4" }),
      z.string().min(1),
    )
    .describe("Kubernetes versions, each with the image of its machines"),
  sizes: z
    .record(
      z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, { error: "must begin with a letter and consist of a-z, 0-9 and -" }),
      z.strictObject({
        cpus: count(1, 128).describe("cores of a machine"),
        memory: amount.describe("memory of a machine: 8Gi"),
        disk: amount.exactOptional().describe("size of its disk: 40Gi; default: that of the image"),
      }),
    )
    .describe("sizes of machines by name"),
  mostMachines: count(1, 500).default(10).describe("most machines that a pool gets room for"),
});

export type Offers = z.output<typeof offers>;

function isQuantity(text: string): boolean {
  try {
    return quantity(text) > 0;
  } catch {
    return false;
  }
}
