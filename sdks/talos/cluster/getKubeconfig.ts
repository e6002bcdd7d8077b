import type * as pulumi from "@pulumi/pulumi";
import type * as inputs from "../types/input";
import type * as outputs from "../types/output";
import * as utilities from "../utilities";

const token = "talos:cluster/getKubeconfig:getKubeconfig";

/**
 * Administrator's kubeconfig, fetched from a control plane at every run, previews included. The resource
 * cluster.Kubeconfig
 * fetches it once. The promise form does not mark its result as secret.
 */
export function getKubeconfig(args: GetKubeconfigArgs, opts?: pulumi.InvokeOptions): Promise<GetKubeconfigResult> {
  return utilities.invoke(token, args, opts);
}

/**
 * As {@link getKubeconfig}, for arguments that are still to come. Waits for the resources they come from; the result
 * is secret when
 * an argument is.
 */
export function getKubeconfigOutput(
  args: GetKubeconfigOutputArgs,
  opts?: pulumi.InvokeOutputOptions,
): pulumi.Output<GetKubeconfigResult> {
  return utilities.invokeOutput(token, args, opts);
}

/** Arguments of {@link getKubeconfig}. */
export interface GetKubeconfigArgs {
  /** Credentials for the Talos API. */
  clientConfiguration: inputs.cluster.GetKubeconfigClientConfiguration;
  /** Where the API is dialled, host or host:port. The node when unset. */
  endpoint?: string | undefined;
  /** Address of a control plane. */
  node: string;
  /** How long it is tried. */
  timeouts?: inputs.cluster.GetKubeconfigTimeouts | undefined;
  /** @deprecated Has no effect. */
  wait?: boolean | undefined;
}

/** Arguments of {@link getKubeconfigOutput}, as {@link GetKubeconfigArgs}. */
export interface GetKubeconfigOutputArgs {
  clientConfiguration: pulumi.Input<inputs.cluster.GetKubeconfigClientConfigurationArgs>;
  endpoint?: pulumi.Input<string | undefined> | undefined;
  node: pulumi.Input<string>;
  timeouts?: pulumi.Input<inputs.cluster.GetKubeconfigTimeoutsArgs | undefined> | undefined;
  wait?: pulumi.Input<boolean | undefined> | undefined;
}

/** Result of {@link getKubeconfig}: the arguments and what was found. */
export interface GetKubeconfigResult {
  readonly clientConfiguration: outputs.cluster.GetKubeconfigClientConfiguration;
  readonly endpoint: string;
  /** Name of the cluster. */
  readonly id: string;
  /** The kubeconfig, YAML. To be treated as secret. */
  readonly kubeconfigRaw: string;
  /** Its parts. */
  readonly kubernetesClientConfiguration: outputs.cluster.GetKubeconfigKubernetesClientConfiguration;
  readonly node: string;
  readonly timeouts?: outputs.cluster.GetKubeconfigTimeouts | undefined;
  readonly wait?: boolean | undefined;
}
