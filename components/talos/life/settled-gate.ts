import { createHash } from "node:crypto";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Machine } from "../settings";
import { packagedProgram } from "./packaged-program";
import { type TalosClient, talosVariables } from "./talos-variables";

export interface SettledGateArgs {
  readonly machine: Machine;
  /** Its whole configuration, as it was applied. */
  readonly configuration: pulumi.Input<string>;
  readonly client: pulumi.Input<TalosClient>;
  /** Whether the cluster ran before it was deployed: then its machines are waited for at once. Default: no. */
  readonly adopted?: boolean;
}

/**
 * Done when a machine runs what was applied to it: what is applied next may restart another machine.
 *
 * The provider's apply returns with the answer of the machine (0.8.1), which restarts only then. Control planes that
 * are changed one after another without waiting go away together, and etcd loses its majority (siderolabs/talos#9066).
 *
 * Runs when the configuration changes. A new machine is not waited for: it starts etcd only when it is bootstrapped,
 * which comes after all configurations. Waits {@link SETTLE_SECONDS} at most.
 */
export class SettledGate extends command.local.Command {
  constructor(name: string, args: SettledGateArgs, opts: pulumi.CustomResourceOptions) {
    const { machine, configuration, client, adopted = false } = args;
    const text = pulumi.output(configuration);
    super(
      name,
      {
        // also when it is updated
        create: "wait until the machine runs its configuration",
        ...packagedProgram("settling"),
        environment: {
          ...talosVariables(machine, client),
          // what makes it wait again; a digest gives no key away
          CONFIGURATION: configurationDigest(text),
          ADOPTED: String(adopted),
          STATIC_POD_IMAGES: pulumi.unsecret(text.apply((each) => staticPodImages(each).join(" "))),
        },
      },
      opts,
    );
  }

  /** Whether this configuration is what it waited for last: an update that is limited to other resources runs nothing. */
  runs(configuration: pulumi.Output<string>): pulumi.Output<boolean> {
    const compared = pulumi.all([this.environment, configurationDigest(configuration)]);
    return pulumi.unsecret(compared.apply(([waited, digest]) => waited?.["CONFIGURATION"] === digest));
  }
}

/** Changes with the configuration, and gives no key away. */
export function configurationDigest(configuration: pulumi.Output<string>): pulumi.Output<string> {
  return pulumi.unsecret(configuration.apply((each) => createHash("sha256").update(each).digest("hex")));
}

/** Images of the static pods of a control plane; none of a worker. The provider's own text, which quotes nothing here. */
export function staticPodImages(configuration: string): string[] {
  const images = configuration.matchAll(/^ +image: (\S*\/kube-(?:apiserver|controller-manager|scheduler):\S+)$/gm);
  return [...images].map(([, image]) => image ?? "").filter((image) => !image.includes("@"));
}
