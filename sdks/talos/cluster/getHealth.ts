import type * as pulumi from "@pulumi/pulumi";
import type * as inputs from "../types/input";
import type * as outputs from "../types/output";
import * as utilities from "../utilities";

const token = "talos:cluster/getHealth:getHealth";

/**
 * Waits until a cluster is healthy. Runs in previews too whenever its arguments are known, and fails when it is not
 * healthy
 * within the timeout.
 */
export function getHealth(args: GetHealthArgs, opts?: pulumi.InvokeOptions): Promise<GetHealthResult> {
  return utilities.invoke(token, args, opts);
}

/**
 * As {@link getHealth}, for arguments that are still to come. Waits for the resources they come from; the result is
 * secret when
 * an argument is.
 */
export function getHealthOutput(
  args: GetHealthOutputArgs,
  opts?: pulumi.InvokeOutputOptions,
): pulumi.Output<GetHealthResult> {
  return utilities.invokeOutput(token, args, opts);
}

/** Arguments of {@link getHealth}. */
export interface GetHealthArgs {
  /** Credentials for the Talos API. */
  clientConfiguration: inputs.cluster.GetHealthClientConfiguration;
  /** IP addresses of all control planes. */
  controlPlaneNodes: string[];
  /** Where the API is dialled; at least one. */
  endpoints: string[];
  /**
   * Check Talos and etcd only.
   * @default false
   */
  skipKubernetesChecks?: boolean | undefined;
  /** How long it is waited. */
  timeouts?: inputs.cluster.GetHealthTimeouts | undefined;
  /** IP addresses of all workers. */
  workerNodes?: string[] | undefined;
}

/** Arguments of {@link getHealthOutput}, as {@link GetHealthArgs}. */
export interface GetHealthOutputArgs {
  clientConfiguration: pulumi.Input<inputs.cluster.GetHealthClientConfigurationArgs>;
  controlPlaneNodes: pulumi.Input<pulumi.Input<string>[]>;
  endpoints: pulumi.Input<pulumi.Input<string>[]>;
  skipKubernetesChecks?: pulumi.Input<boolean | undefined> | undefined;
  timeouts?: pulumi.Input<inputs.cluster.GetHealthTimeoutsArgs | undefined> | undefined;
  workerNodes?: pulumi.Input<pulumi.Input<string>[] | undefined> | undefined;
}

/** Result of {@link getHealth}: the arguments and what was found. */
export interface GetHealthResult {
  readonly clientConfiguration: outputs.cluster.GetHealthClientConfiguration;
  readonly controlPlaneNodes: string[];
  readonly endpoints: string[];
  readonly id: string;
  readonly skipKubernetesChecks?: boolean | undefined;
  readonly timeouts?: outputs.cluster.GetHealthTimeouts | undefined;
  readonly workerNodes?: string[] | undefined;
}
