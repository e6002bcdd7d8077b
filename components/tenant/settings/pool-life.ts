import { z } from "zod";
import { count } from "../../core/schema";
import { text } from "./text";

const amount = text.regex(
  /^(0|[1-9][0-9]*|([1-9][0-9]?|100)%)$/,
  'must be a number or a percentage, as text: "2" or "40%"',
);

/** How machines of a pool are replaced by others. */
export const rollout = z
  .strictObject({
    strategy: z
      .enum(["RollingUpdate", "OnDelete"], "must be RollingUpdate or OnDelete")
      .meta({ title: "Rollout strategy" })
      .default("RollingUpdate")
      .describe(
        "RollingUpdate replaces machines when what they are made of changes; OnDelete waits until somebody deletes them.",
      ),
    maxSurge: count(0, 500)
      .default(1)
      .describe("Machines that may be there beside the wanted ones while a pool rolls. The quota needs room for them."),
    maxUnavailable: count(0, 500)
      .default(0)
      .describe(
        "Machines that may be missing while a pool rolls: what is scarce, e.g. GPUs, is freed before it is taken.",
      ),
  })
  .meta({ title: "Rollout" })
  .prefault({})
  .describe("How machines are replaced.");

/** When a machine counts as lost, and how many are replaced then. */
export const health = z
  .strictObject({
    nodeStartupTimeoutSeconds: count(30, 86_400)
      .default(1200)
      .describe("How long a machine may take to become a node, in seconds, pulling its image included."),
    unknownTimeoutSeconds: count(30, 86_400)
      .default(300)
      .describe("How long a node may say nothing, in seconds. A machine that restarts must be back by then."),
    notReadyTimeoutSeconds: count(30, 86_400)
      .default(600)
      .describe("How long a node may say that it is not ready, in seconds."),
    maxUnhealthy: amount
      .exactOptional()
      .describe(
        'Lost machines up to which any is replaced, as a number or a percentage ("2", "40%"); "0" replaces none. Where more are lost it is not the machines. Default: 40% of machines with a disk, which come back by themselves, 100% of those without.',
      ),
    maxInFlight: amount
      .refine(
        (given) => given !== "0",
        "must be 1 or more, or a percentage: tenant.nodePools.<name>.health.maxUnhealthy switches off",
      )
      .default("40%")
      .describe('Machines that are replaced at a time, as a number or a percentage: "1", "40%".'),
  })
  .meta({ title: "Machine health" })
  .prefault({})
  .describe("When a machine is lost and replaced.");

/** Where machines run. */
export const spread = z
  .strictObject({
    mode: z
      .enum(
        ["ScheduleAnyway", "DoNotSchedule", "AntiAffinity"],
        "must be ScheduleAnyway, DoNotSchedule or AntiAffinity",
      )
      .meta({ title: "Spread mode" })
      .default("ScheduleAnyway")
      .describe(
        "Evenly where there is room (ScheduleAnyway), evenly or not at all (DoNotSchedule), or no two in one place (AntiAffinity).",
      ),
    topologyKey: text
      .default("kubernetes.io/hostname")
      .describe(
        "Label of the management cluster's nodes that names the place: its hosts, or e.g. topology.kubernetes.io/zone.",
      ),
  })
  .meta({ title: "Spread" })
  .prefault({})
  .describe("How machines of the pool are spread. A change makes new machines.");

export const deletionOrder = z
  .enum(["Random", "Newest", "Oldest"], "must be Random, Newest or Oldest")
  .meta({ title: "Deletion order" });
