import type * as pulumi from "@pulumi/pulumi";
import type * as inputs from "../types/input";
import type * as outputs from "../types/output";
import * as utilities from "../utilities";

const token = "talos:machine/getDisks:getDisks";

/**
 * Disks of a machine, also of one in maintenance. Asks the machine whenever the arguments are known, in previews too,
 * and
 * repeats until it answers or the timeout is over.
 */
export function getDisks(args: GetDisksArgs, opts?: pulumi.InvokeOptions): Promise<GetDisksResult> {
  return utilities.invoke(token, args, opts);
}

/**
 * As {@link getDisks}, for arguments that are still to come. Waits for the resources they come from; the result is
 * secret when
 * an argument is.
 */
export function getDisksOutput(
  args: GetDisksOutputArgs,
  opts?: pulumi.InvokeOutputOptions,
): pulumi.Output<GetDisksResult> {
  return utilities.invokeOutput(token, args, opts);
}

/** Arguments of {@link getDisks}. */
export interface GetDisksArgs {
  /** Credentials for the machine's API. */
  clientConfiguration: inputs.machine.GetDisksClientConfiguration;
  /** Where the API is dialled, host or host:port. The node when unset. */
  endpoint?: string | undefined;
  /** Address of the machine. */
  node: string;
  /**
   * Which disks, as a CEL expression over disk and system_disk, e.g. `disk.size > 100u * GB && !disk.rotational`.
   */
  selector?: string | undefined;
  /** How long it is tried. */
  timeouts?: inputs.machine.GetDisksTimeouts | undefined;
}

/** Arguments of {@link getDisksOutput}, as {@link GetDisksArgs}. */
export interface GetDisksOutputArgs {
  clientConfiguration: pulumi.Input<inputs.machine.GetDisksClientConfigurationArgs>;
  endpoint?: pulumi.Input<string | undefined> | undefined;
  node: pulumi.Input<string>;
  selector?: pulumi.Input<string | undefined> | undefined;
  timeouts?: pulumi.Input<inputs.machine.GetDisksTimeoutsArgs | undefined> | undefined;
}

/** Result of {@link getDisks}: the arguments and what was found. */
export interface GetDisksResult {
  readonly clientConfiguration: outputs.machine.GetDisksClientConfiguration;
  readonly disks: outputs.machine.GetDisksDisk[];
  readonly endpoint: string;
  readonly id: string;
  readonly node: string;
  readonly selector?: string | undefined;
  readonly timeouts?: outputs.machine.GetDisksTimeouts | undefined;
}
