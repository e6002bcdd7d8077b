import type * as pulumi from "@pulumi/pulumi";
import type * as inputs from "../types/input";
import type * as outputs from "../types/output";
import * as utilities from "../utilities";

const token = "talos:imageFactory/getExtensionsVersions:getExtensionsVersions";

/** System extensions the image factory offers for one version of Talos. Asks the factory. */
export function getExtensionsVersions(
  args: GetExtensionsVersionsArgs,
  opts?: pulumi.InvokeOptions,
): Promise<GetExtensionsVersionsResult> {
  return utilities.invoke(token, args, opts);
}

/**
 * As {@link getExtensionsVersions}, for arguments that are still to come. Waits for the resources they come from; the
 * result is secret when
 * an argument is.
 */
export function getExtensionsVersionsOutput(
  args: GetExtensionsVersionsOutputArgs,
  opts?: pulumi.InvokeOutputOptions,
): pulumi.Output<GetExtensionsVersionsResult> {
  return utilities.invokeOutput(token, args, opts);
}

/** Arguments of {@link getExtensionsVersions}. */
export interface GetExtensionsVersionsArgs {
  /** Which extensions, by whole name, beside those that filters take in. */
  exactFilters?: inputs.imageFactory.GetExtensionsVersionsExactFilters | undefined;
  /** Which extensions, by part of the name. All when unset. */
  filters?: inputs.imageFactory.GetExtensionsVersionsFilters | undefined;
  /** E.g. v1.13.2. */
  talosVersion: string;
}

/** Arguments of {@link getExtensionsVersionsOutput}, as {@link GetExtensionsVersionsArgs}. */
export interface GetExtensionsVersionsOutputArgs {
  exactFilters?: pulumi.Input<inputs.imageFactory.GetExtensionsVersionsExactFiltersArgs | undefined> | undefined;
  filters?: pulumi.Input<inputs.imageFactory.GetExtensionsVersionsFiltersArgs | undefined> | undefined;
  talosVersion: pulumi.Input<string>;
}

/** Result of {@link getExtensionsVersions}: the arguments and what was found. */
export interface GetExtensionsVersionsResult {
  readonly exactFilters?: outputs.imageFactory.GetExtensionsVersionsExactFilters | undefined;
  readonly extensionsInfos: outputs.imageFactory.GetExtensionsVersionsExtensionsInfo[];
  readonly filters?: outputs.imageFactory.GetExtensionsVersionsFilters | undefined;
  readonly id: string;
  readonly talosVersion: string;
}
