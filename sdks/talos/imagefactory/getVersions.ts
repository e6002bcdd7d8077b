import type * as pulumi from "@pulumi/pulumi";
import type * as inputs from "../types/input";
import type * as outputs from "../types/output";
import * as utilities from "../utilities";

const token = "talos:imageFactory/getVersions:getVersions";

/** Talos versions the image factory builds, oldest first. Asks the factory. */
export function getVersions(args: GetVersionsArgs = {}, opts?: pulumi.InvokeOptions): Promise<GetVersionsResult> {
  return utilities.invoke(token, args, opts);
}

/**
 * As {@link getVersions}, for arguments that are still to come. Waits for the resources they come from; the result is
 * secret when
 * an argument is.
 */
export function getVersionsOutput(
  args: GetVersionsOutputArgs = {},
  opts?: pulumi.InvokeOutputOptions,
): pulumi.Output<GetVersionsResult> {
  return utilities.invokeOutput(token, args, opts);
}

/** Arguments of {@link getVersions}. */
export interface GetVersionsArgs {
  /** Which versions; all when unset. */
  filters?: inputs.imageFactory.GetVersionsFilters | undefined;
}

/** Arguments of {@link getVersionsOutput}, as {@link GetVersionsArgs}. */
export interface GetVersionsOutputArgs {
  filters?: pulumi.Input<inputs.imageFactory.GetVersionsFiltersArgs | undefined> | undefined;
}

/** Result of {@link getVersions}: the arguments and what was found. */
export interface GetVersionsResult {
  readonly filters?: outputs.imageFactory.GetVersionsFilters | undefined;
  readonly id: string;
  /** E.g. v1.13.2. */
  readonly talosVersions: string[];
}
