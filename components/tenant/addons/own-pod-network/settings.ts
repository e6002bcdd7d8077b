import { z } from "zod";
import { onRequest } from "../enabled";

/** Settings of a pod network that the customer brings. */
export const ownPodNetworkSettings = z
  .strictObject({
    enabled: onRequest.describe("Whether the customer installs it. Nodes are not Ready until then."),
    kubeProxy: z
      .boolean("must be true or false")
      .default(true)
      .describe("Whether kube-proxy serves Services. Set it to false for a network that does."),
  })
  .meta({ title: "Own pod network" });
