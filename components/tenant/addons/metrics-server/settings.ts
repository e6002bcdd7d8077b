import { z } from "zod";
import { enabled } from "../enabled";

/** Settings of what measures nodes and pods. */
export const metricsServerSettings = z
  .strictObject({
    enabled,
    insecureKubelets: z
      .boolean("must be true or false")
      .default(false)
      .describe(
        "Whether nodes are measured whose kubelets have certificates that nobody signed: whoever is between them can then give any numbers. Needed only without kubeletCertificates.",
      ),
  })
  .meta({ title: "Metrics server" });
