import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Machine } from "../settings";
import { packagedProgram } from "./packaged-program";
import { configurationDigest } from "./settled-gate";
import { type TalosClient, talosVariables } from "./talos-variables";

export interface PreparedMachineArgs {
  readonly machine: Machine;
  /** Image that the machine runs from then on. */
  readonly installer: string;
  /** The whole configuration that it gets next. */
  readonly configuration: pulumi.Input<string>;
  readonly client: pulumi.Input<TalosClient>;
}

/** What a machine said of itself when it was looked at last. */
export interface ReportedTalos {
  /** v1.13.0. */
  readonly version: string;
  /** Id of the image factory's schematic; images that others build have none. */
  readonly schematic?: string;
}

/**
 * What comes before a machine gets a configuration: it answers and is free or this cluster's, the other control planes are
 * healthy, and it runs the Talos of its installer.
 *
 * A machine of another cluster, or of this one before it was destroyed, refuses the handshake, and Talos' provider asks it
 * again and again without a word.
 *
 * The provider writes the installer into the configuration and upgrades nothing (siderolabs/terraform-provider-talos
 * 0.11; #274, #134 there). Talos upgrades a machine itself when it is asked (machine.MachineService/Upgrade, 1.12 to
 * 1.14): it looks at etcd, drains the node, installs and restarts. An older configuration is good for a newer Talos, and
 * the other way round not: so the upgrade comes first.
 *
 * Runs when the installer or the configuration changes. A machine in maintenance mode is let be: its configuration
 * installs it. Waits {@link UPGRADE_SECONDS} at most.
 */
export class PreparedMachine extends command.local.Command {
  /** What the machine runs; nothing of a machine that is new. */
  readonly reported: pulumi.Output<ReportedTalos | undefined>;

  constructor(name: string, args: PreparedMachineArgs, opts: pulumi.CustomResourceOptions) {
    super(
      name,
      {
        // also when it is updated
        create: "look at the machine, and upgrade Talos where it runs another image",
        ...packagedProgram("preparation"),
        environment: {
          ...talosVariables(args.machine, args.client),
          ROLE: args.machine.role,
          INSTALLER: args.installer,
          CONFIGURATION: configurationDigest(pulumi.output(args.configuration)),
        },
      },
      opts,
    );
    this.reported = this.stdout.apply(reportedTalos);
  }
}

/** The last line of the program's output, where it is a report. */
export function reportedTalos(stdout: string | undefined): ReportedTalos | undefined {
  const last = stdout?.trim().split("\n").at(-1) ?? "";
  const [, version, schematic] = /^runs (v\S+?)(?: of schematic ([0-9a-f]{64}))?$/.exec(last) ?? [];
  if (version === undefined) return undefined;
  return schematic === undefined ? { version } : { version, schematic };
}
