import { z } from "zod";
import { count } from "../../../core/schema";

const threshold = "must be a number from 0.05 to 0.95";

/** Settings of what chooses the size of pools. */
export const clusterAutoscalerSettings = z
  .strictObject({
    enabled: z
      .boolean("must be true or false")
      .exactOptional()
      .describe("Whether it is installed. Default: exactly when a pool leaves its size to it."),
    expander: z
      .enum(
        ["least-waste", "least-nodes", "most-pods", "random"],
        "must be least-waste, least-nodes, most-pods or random",
      )
      .meta({ title: "Expander" })
      .default("least-waste")
      .describe(
        "Which pool grows where several could: the one whose new machines stay least empty, are fewest, or hold most of the pods.",
      ),
    scaleDownUnneededSeconds: count(10, 86_400)
      .default(600)
      .describe("How long a node must not have been needed before it goes, in seconds."),
    scaleDownDelayAfterAddSeconds: count(0, 86_400)
      .default(600)
      .describe("How long after a machine was added no node goes, in seconds."),
    scaleDownUtilizationThreshold: z
      .number(threshold)
      .min(0.05, threshold)
      .max(0.95, threshold)
      .default(0.5)
      .describe(
        "A node goes when its pods ask for less than this part of its cores and of its memory, and others have room for them.",
      ),
    maxNodeProvisionSeconds: count(300, 7200)
      .default(1200)
      .describe(
        "How long a machine may take to become a node, in seconds. One that does not is given up, and its pool rests for five minutes.",
      ),
    balanceSimilarNodeGroups: z
      .boolean("must be true or false")
      .default(true)
      .describe("Whether pools whose machines are alike grow evenly."),
  })
  .meta({ title: "Cluster autoscaler" });
