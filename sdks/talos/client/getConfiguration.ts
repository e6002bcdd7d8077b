import type * as pulumi from "@pulumi/pulumi";
import type * as inputs from "../types/input";
import type * as outputs from "../types/output";
import * as utilities from "../utilities";

const token = "talos:client/getConfiguration:getConfiguration";

/**
 * A talosconfig for talosctl, from the credentials of a cluster. Computed without any connection. The promise form
 * does not
 * mark its result as secret; getConfigurationOutput does.
 */
export function getConfiguration(
  args: GetConfigurationArgs,
  opts?: pulumi.InvokeOptions,
): Promise<GetConfigurationResult> {
  return utilities.invoke(token, args, opts);
}

/**
 * As {@link getConfiguration}, for arguments that are still to come. Waits for the resources they come from; the
 * result is secret when
 * an argument is.
 */
export function getConfigurationOutput(
  args: GetConfigurationOutputArgs,
  opts?: pulumi.InvokeOutputOptions,
): pulumi.Output<GetConfigurationResult> {
  return utilities.invokeOutput(token, args, opts);
}

/** Arguments of {@link getConfiguration}. */
export interface GetConfigurationArgs {
  /** Credentials for the Talos API. */
  clientConfiguration: inputs.client.GetConfigurationClientConfiguration;
  /** Name of the context. */
  clusterName: string;
  /** Where talosctl connects to. */
  endpoints?: string[] | undefined;
  /** Machines a command is for when it names none. */
  nodes?: string[] | undefined;
}

/** Arguments of {@link getConfigurationOutput}, as {@link GetConfigurationArgs}. */
export interface GetConfigurationOutputArgs {
  clientConfiguration: pulumi.Input<inputs.client.GetConfigurationClientConfigurationArgs>;
  clusterName: pulumi.Input<string>;
  endpoints?: pulumi.Input<pulumi.Input<string>[] | undefined> | undefined;
  nodes?: pulumi.Input<pulumi.Input<string>[] | undefined> | undefined;
}

/** Result of {@link getConfiguration}: the arguments and what was found. */
export interface GetConfigurationResult {
  readonly clientConfiguration: outputs.client.GetConfigurationClientConfiguration;
  readonly clusterName: string;
  readonly endpoints?: string[] | undefined;
  /** Name of the cluster. */
  readonly id: string;
  readonly nodes?: string[] | undefined;
  /** The talosconfig, YAML. To be treated as secret. */
  readonly talosConfig: string;
}
