import type * as pulumi from "@pulumi/pulumi";
import type * as outputs from "../types/output";
import * as utilities from "../utilities";

const token = "talos:imageFactory/getUrls:getUrls";

/**
 * Addresses of everything the image factory builds of a schematic. Computed without any connection. Exactly one of
 * `platform` and `sbc` must be given.
 */
export function getUrls(args: GetUrlsArgs, opts?: pulumi.InvokeOptions): Promise<GetUrlsResult> {
  return utilities.invoke(token, args, opts);
}

/**
 * As {@link getUrls}, for arguments that are still to come. Waits for the resources they come from; the result is
 * secret when
 * an argument is.
 */
export function getUrlsOutput(
  args: GetUrlsOutputArgs,
  opts?: pulumi.InvokeOutputOptions,
): pulumi.Output<GetUrlsResult> {
  return utilities.invokeOutput(token, args, opts);
}

/** Arguments of {@link getUrls}. */
export interface GetUrlsArgs {
  /**
   * amd64 or arm64.
   * @default "amd64"
   */
  architecture?: string | undefined;
  /** E.g. metal, nocloud, aws. */
  platform?: string | undefined;
  /** Name of a single-board computer, e.g. rpi_generic. */
  sbc?: string | undefined;
  /** Id of the schematic. */
  schematicId: string;
  /** E.g. v1.13.2. */
  talosVersion: string;
}

/** Arguments of {@link getUrlsOutput}, as {@link GetUrlsArgs}. */
export interface GetUrlsOutputArgs {
  architecture?: pulumi.Input<string | undefined> | undefined;
  platform?: pulumi.Input<string | undefined> | undefined;
  sbc?: pulumi.Input<string | undefined> | undefined;
  schematicId: pulumi.Input<string>;
  talosVersion: pulumi.Input<string>;
}

/** Result of {@link getUrls}: the arguments and what was found. */
export interface GetUrlsResult {
  readonly architecture: string;
  readonly id: string;
  readonly platform?: string | undefined;
  readonly sbc?: string | undefined;
  readonly schematicId: string;
  readonly talosVersion: string;
  readonly urls: outputs.imageFactory.GetUrlsUrls;
}
