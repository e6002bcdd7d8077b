import type * as pulumi from "@pulumi/pulumi";
import type * as inputs from "../types/input";
import type * as outputs from "../types/output";
import * as utilities from "../utilities";

const token = "talos:imageFactory/getOverlaysVersions:getOverlaysVersions";

/** Overlays for single-board computers the image factory offers for one version of Talos. Asks the factory. */
export function getOverlaysVersions(
  args: GetOverlaysVersionsArgs,
  opts?: pulumi.InvokeOptions,
): Promise<GetOverlaysVersionsResult> {
  return utilities.invoke(token, args, opts);
}

/**
 * As {@link getOverlaysVersions}, for arguments that are still to come. Waits for the resources they come from; the
 * result is secret when
 * an argument is.
 */
export function getOverlaysVersionsOutput(
  args: GetOverlaysVersionsOutputArgs,
  opts?: pulumi.InvokeOutputOptions,
): pulumi.Output<GetOverlaysVersionsResult> {
  return utilities.invokeOutput(token, args, opts);
}

/** Arguments of {@link getOverlaysVersions}. */
export interface GetOverlaysVersionsArgs {
  /** Which overlays; all when unset. */
  filters?: inputs.imageFactory.GetOverlaysVersionsFilters | undefined;
  /** E.g. v1.13.2. */
  talosVersion: string;
}

/** Arguments of {@link getOverlaysVersionsOutput}, as {@link GetOverlaysVersionsArgs}. */
export interface GetOverlaysVersionsOutputArgs {
  filters?: pulumi.Input<inputs.imageFactory.GetOverlaysVersionsFiltersArgs | undefined> | undefined;
  talosVersion: pulumi.Input<string>;
}

/** Result of {@link getOverlaysVersions}: the arguments and what was found. */
export interface GetOverlaysVersionsResult {
  readonly filters?: outputs.imageFactory.GetOverlaysVersionsFilters | undefined;
  readonly id: string;
  readonly overlaysInfos: outputs.imageFactory.GetOverlaysVersionsOverlaysInfo[];
  readonly talosVersion: string;
}
