import { z } from "zod";
import { Concealed } from "../../core/concealed";

const secretText = z
  .unknown()
  .transform((given) => (typeof given === "string" && given !== "" ? new Concealed(given) : undefined));

/** Beside `base`: secret. What is wrong with it is said by rules, which do not show it. */
export const adopted = z
  .strictObject({
    secrets: secretText.describe(
      "secret: the secrets of the cluster, as `talosctl gen secrets --from-controlplane-config` or `firmament secrets` writes them",
    ),
    talosconfig: secretText.describe("secret: a talosconfig with the role os:admin"),
  })
  .exactOptional()
  .describe(
    "secret: a cluster that something else has made, or whose Pulumi state is lost. Its keys are taken and none are made, " +
      "etcd is not bootstrapped, and all machines are changed one at a time from the first deployment on",
  );
