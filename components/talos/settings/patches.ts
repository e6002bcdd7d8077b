import { z } from "zod";

const patch = z.record(z.string(), z.json());

/** Strategic merge patches of machine configurations, in the order in which they apply. */
export const patches = z.array(patch);

export type Patch = z.output<typeof patch>;

const group = (whose: string) => patches.default([]).describe(`Patches of ${whose}, in this order.`);

/** Patches of more than one machine. */
export const sharedPatches = z
  .strictObject({
    all: group("every machine"),
    controlplane: group("control planes, after those of every machine"),
    worker: group("workers, after those of every machine"),
  })
  .prefault({})
  .describe(
    "What no setting says: strategic merge patches of the machine configuration, applied after everything else. Each is a " +
      "part of the main document ({ machine: … }, { cluster: … }) or a document with apiVersion and kind. What settings " +
      "say is refused in them, and so are secrets: they would be readable.",
  );
