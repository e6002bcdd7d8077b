import { z } from "zod";
import { text } from "./text";

/** How machines of a pool become nodes. */
export const bootstrap = z
  .enum(["kubeadm", "talos"], "must be kubeadm or talos")
  .meta({ title: "Bootstrap" })
  .default("kubeadm")
  .describe(
    "How its machines become nodes: a general system that kubeadm joins, or Talos, which is given its whole configuration.",
  );

/** Machines that run Talos. */
export const talos = z
  .strictObject({
    version: text
      .regex(/^v1\.(0|[1-9]\d*)$/, "must be a minor of Talos, like v1.13")
      .describe("Minor of Talos in the image, e.g. v1.13: its configuration is written for it."),
    strategicPatches: z
      .array(text.min(1, "must be a patch"))
      .default([])
      .describe(
        "Patches of the machine configuration, as YAML, for what no setting says: merged into it one after the other. No secrets. A change makes new machines.",
      ),
  })
  .meta({ title: "Talos" })
  .describe("Machines that run Talos, with bootstrap: talos.");
