import { z } from "zod";
import { count } from "../../../core/schema";
import { enabled } from "../enabled";

const yesOrNo = z.boolean("must be true or false");

/** Settings of the cloud controller. */
export const cloudControllerSettings = z
  .strictObject({
    enabled,
    replicas: count(1, 3)
      .exactOptional()
      .describe("Copies, of which one works and the others wait. Default: 2 in production, else 1."),
    loadBalancer: yesOrNo
      .default(true)
      .describe(
        "Whether Services of type LoadBalancer get an address of the platform; quota.loadBalancers counts them.",
      ),
    loadBalancerTimeoutSeconds: count(10, 600)
      .default(60)
      .describe("How long one attempt waits for the address of a load balancer, in seconds."),
    zones: yesOrNo
      .default(false)
      .describe(
        "Whether nodes have the zone and region of the host that their machine runs on. It may then read the management cluster's nodes.",
      ),
  })
  .meta({ title: "Cloud controller" });
