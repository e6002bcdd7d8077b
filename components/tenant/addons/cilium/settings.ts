import { z } from "zod";
import { count } from "../../../core/schema";
import { enabled } from "../enabled";

/** Settings of the pod network. */
export const ciliumSettings = z
  .strictObject({
    enabled,
    mtu: count(1280, 9000)
      .default(1350)
      .describe(
        "Largest packet between pods, in bytes: what the management cluster's pod network carries, less 50 for the tunnel.",
      ),
  })
  .meta({ title: "Cilium" });
