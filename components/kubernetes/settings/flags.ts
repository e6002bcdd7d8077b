import { z } from "zod";

/**
 * Command-line flags of a part of Kubernetes, as settings name them.
 *
 * @param program whose flags they are, in plural: "API servers".
 * @param owner what sets the flags that a stack file cannot: "Talos".
 */
export const flags = (program: string, owner: string) =>
  z
    .record(
      z.string().regex(/^[a-z][a-z0-9-]*$/, "must be the name of a flag without its dashes, like goaway-chance"),
      z.string().regex(/^[^\s].*$/, "must be the value of the flag, as text"),
    )
    .default({})
    .describe(
      `Flags of ${program} that nothing else says, without their dashes. Those that settings decide, that ${owner} sets or ` +
        "that weaken the cluster are refused.",
    );
