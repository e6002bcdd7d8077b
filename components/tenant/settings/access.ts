import { z } from "zod";
import { text } from "./text";

const groups = z.array(text.min(1, "must name a group"));

export const access = z
  .strictObject({
    administrators: groups
      .default([])
      .describe("Groups of users, as the cluster's authentication names them, that may do everything in the cluster."),
    viewers: groups
      .default([])
      .describe("Groups that may look at what is in the cluster's namespaces, but for Secrets and access rights."),
    observers: groups
      .default([])
      .describe(
        "Groups of the management cluster that may look at the cluster's machines and control plane there, and at nothing else.",
      ),
  })
  .meta({ title: "Access" });
