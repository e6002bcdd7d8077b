import type * as pulumi from "@pulumi/pulumi";
import type * as inputs from "../types/input";
import type * as outputs from "../types/output";
import * as utilities from "../utilities";

const token = "talos:machine/getConfiguration:getConfiguration";

/**
 * Machine configuration for the control planes or the workers of a cluster, from its secrets. Computed without any
 * connection and always the same for the same arguments.
 *
 * Install image, install disk (/dev/sda) and Kubernetes version have defaults of the provider's own version, whatever
 * `talosVersion` says: patch machine.install and give `kubernetesVersion`. The promise form does not mark its result as
 * secret; getConfigurationOutput does.
 *
 * @throws when clusterEndpoint is not an https URL, a version cannot be read, or a patch does not fit.
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
  /** URL of the Kubernetes API as machines and users reach it: https://host:6443. */
  clusterEndpoint: string;
  /** Name of the cluster, part of names in kubeconfig and certificates. */
  clusterName: string;
  /** Patches on top, in order: strategic merge patches as JSON or YAML. Lists are concatenated. */
  configPatches?: string[] | undefined;
  /**
   * Explain every field in comments.
   * @default false
   */
  docs?: boolean | undefined;
  /**
   * Show unset fields as commented examples.
   * @default false
   */
  examples?: boolean | undefined;
  /**
   * With or without leading v, e.g. 1.34.4.
   * @default what the provider was built with (1.36.0)
   */
  kubernetesVersion?: string | undefined;
  /** Secrets of the cluster, from machine.Secrets. Secret. */
  machineSecrets: inputs.machine.MachineSecrets;
  /** controlplane or worker. */
  machineType: string;
  /**
   * Talos version whose configuration contract is followed, e.g. v1.13. Not the version that gets installed.
   * @default what the provider was built with (v1.13)
   */
  talosVersion?: string | undefined;
}

/** Arguments of {@link getConfigurationOutput}, as {@link GetConfigurationArgs}. */
export interface GetConfigurationOutputArgs {
  clusterEndpoint: pulumi.Input<string>;
  clusterName: pulumi.Input<string>;
  configPatches?: pulumi.Input<pulumi.Input<string>[] | undefined> | undefined;
  docs?: pulumi.Input<boolean | undefined> | undefined;
  examples?: pulumi.Input<boolean | undefined> | undefined;
  kubernetesVersion?: pulumi.Input<string | undefined> | undefined;
  machineSecrets: pulumi.Input<inputs.machine.MachineSecretsArgs>;
  machineType: pulumi.Input<string>;
  talosVersion?: pulumi.Input<string | undefined> | undefined;
}

/** Result of {@link getConfiguration}: the arguments and what was found. */
export interface GetConfigurationResult {
  readonly clusterEndpoint: string;
  readonly clusterName: string;
  readonly configPatches?: string[] | undefined;
  readonly docs?: boolean | undefined;
  readonly examples?: boolean | undefined;
  /** Name of the cluster. */
  readonly id: string;
  readonly kubernetesVersion?: string | undefined;
  /** The configuration: YAML, one or more documents. To be treated as secret. */
  readonly machineConfiguration: string;
  readonly machineSecrets: outputs.machine.MachineSecrets;
  readonly machineType: string;
  readonly talosVersion?: string | undefined;
}
