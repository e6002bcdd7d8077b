import * as pulumi from "@pulumi/pulumi";
import type * as inputs from "../types/input";
import type * as outputs from "../types/output";
import * as utilities from "../utilities";

const shape = {
  inputs: [
    "node",
    "endpoint",
    "clientConfiguration",
    "clientConfigurationWo",
    "machineConfigurationInput",
    "machineConfigurationInputWo",
    "configPatches",
    "applyMode",
    "onDestroy",
    "timeouts",
  ],
  outputs: ["machineConfiguration", "machineConfigurationHash", "resolvedApplyMode"],
  required: ["node"],
  secrets: [
    "clientConfigurationWo",
    "machineConfiguration",
    "machineConfigurationInput",
    "machineConfigurationInputWo",
  ],
  timeouts: ["create", "update", "delete"],
} as const satisfies utilities.ResourceShape;

/**
 * Gives one machine its configuration, and again whenever the rendered configuration changes.
 *
 * Returns as soon as the machine has accepted it, before it installs or reboots. While the machine refuses connections
 * the
 * call is repeated until the timeout; a configuration the machine calls invalid fails at once. The first apply goes
 * over a
 * connection whose peer is not verified, because a machine in maintenance has no identity yet.
 *
 * A changed `node` applies the configuration to the new address and leaves the old machine as it is: use one resource
 * per
 * machine. Deleting does nothing to the machine unless `onDestroy.reset` was applied before.
 */
export class ConfigurationApply extends pulumi.CustomResource {
  /** Looks an existing one up by its id, without managing it. */
  public static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: ConfigurationApplyState,
    opts?: pulumi.CustomResourceOptions,
  ): ConfigurationApply {
    return new ConfigurationApply(name, state as ConfigurationApplyArgs, { ...opts, id });
  }

  /** @internal */
  public static readonly __pulumiType = "talos:machine/configurationApply:ConfigurationApply";

  /** True for every ConfigurationApply of this package, also of another loaded copy of it. */
  public static override isInstance(obj: unknown): obj is ConfigurationApply {
    return utilities.isInstance(obj, ConfigurationApply.__pulumiType);
  }

  /**
   * How a configured machine takes a change: auto (reboots when the change needs it), reboot, no_reboot, staged (with
   * the
   * next reboot) or staged_if_needing_reboot (asks the machine, also during previews). Talos 1.14 refuses reboot.
   * @default "auto"
   */
  declare public readonly applyMode: pulumi.Output<string>;
  /**
   * Credentials for the machine's API. Not needed to open the connection to a machine in maintenance, but must be given
   * all the same. Exactly one of this and clientConfigurationWo.
   */
  declare public readonly clientConfiguration: pulumi.Output<outputs.machine.ClientConfiguration | undefined>;
  /**
   * Credentials that are not written to the state. Give either this or clientConfiguration.
   * Provider 0.8.1 fails on write-only inputs after a successful call: prefer clientConfiguration.
   */
  declare public readonly clientConfigurationWo: pulumi.Output<
    outputs.machine.ConfigurationApplyClientConfigurationWo | undefined
  >;
  /**
   * Patches on top of the input, in order: strategic merge patches as JSON or YAML, one document or several each. Lists
   * are concatenated, so a patch given here and to getConfiguration counts twice. A text without space and line break
   * that does not start with { or [ is taken for the name of a file.
   */
  declare public readonly configPatches: pulumi.Output<string[] | undefined>;
  /** Where the API is dialled; the node when it was left out. */
  declare public readonly endpoint: pulumi.Output<string>;
  /** The rendered configuration: input and patches. Secret. */
  declare public readonly machineConfiguration: pulumi.Output<string>;
  /** SHA-256 of the rendered configuration, in hex. */
  declare public readonly machineConfigurationHash: pulumi.Output<string>;
  /**
   * Configuration as getConfiguration gives it: YAML, one or more documents. Secret.
   * Exactly one of this and machineConfigurationInputWo.
   */
  declare public readonly machineConfigurationInput: pulumi.Output<string | undefined>;
  /**
   * As machineConfigurationInput, not written to the state. Secret. Provider 0.8.1 fails on write-only inputs after a
   * successful call: prefer machineConfigurationInput.
   */
  declare public readonly machineConfigurationInputWo: pulumi.Output<string | undefined>;
  /** Address of the machine: an IP address without port. Must be given. */
  declare public readonly node: pulumi.Output<string>;
  /** What happens to the machine when this resource is deleted. Nothing when unset. */
  declare public readonly onDestroy: pulumi.Output<outputs.machine.ConfigurationApplyOnDestroy | undefined>;
  /** The mode used: applyMode, or what staged_if_needing_reboot came to (auto or staged). */
  declare public readonly resolvedApplyMode: pulumi.Output<string>;
  /** How long each operation is tried. Give every key, or leave timeouts out (10m each). */
  declare public readonly timeouts: pulumi.Output<outputs.machine.Timeout | undefined>;

  constructor(name: string, args: ConfigurationApplyArgs, opts?: pulumi.CustomResourceOptions) {
    const type = ConfigurationApply.__pulumiType;
    super(type, name, utilities.resourceInputs(type, shape, args, opts), utilities.resourceOptions(shape, opts));
  }
}

/** Arguments of {@link ConfigurationApply}. */
export interface ConfigurationApplyArgs {
  /**
   * How a configured machine takes a change: auto (reboots when the change needs it), reboot, no_reboot, staged (with
   * the
   * next reboot) or staged_if_needing_reboot (asks the machine, also during previews). Talos 1.14 refuses reboot.
   * @default "auto"
   */
  applyMode?: pulumi.Input<string | undefined> | undefined;
  /**
   * Credentials for the machine's API. Not needed to open the connection to a machine in maintenance, but must be given
   * all the same. Exactly one of this and clientConfigurationWo.
   */
  clientConfiguration?: pulumi.Input<inputs.machine.ClientConfiguration | undefined> | undefined;
  /**
   * Credentials that are not written to the state. Give either this or clientConfiguration.
   * Provider 0.8.1 fails on write-only inputs after a successful call: prefer clientConfiguration.
   */
  clientConfigurationWo?: pulumi.Input<inputs.machine.ConfigurationApplyClientConfigurationWo | undefined> | undefined;
  /**
   * Patches on top of the input, in order: strategic merge patches as JSON or YAML, one document or several each. Lists
   * are concatenated, so a patch given here and to getConfiguration counts twice. A text without space and line break
   * that does not start with { or [ is taken for the name of a file.
   */
  configPatches?: pulumi.Input<pulumi.Input<string>[] | undefined> | undefined;
  /**
   * Where the machine's API is dialled, as host or host:port (port 50000 when left out); several machines may be
   * reached
   * through one endpoint. The node itself when unset.
   */
  endpoint?: pulumi.Input<string | undefined> | undefined;
  /**
   * Configuration as getConfiguration gives it: YAML, one or more documents. Secret.
   * Exactly one of this and machineConfigurationInputWo.
   */
  machineConfigurationInput?: pulumi.Input<string | undefined> | undefined;
  /**
   * As machineConfigurationInput, not written to the state. Secret. Provider 0.8.1 fails on write-only inputs after a
   * successful call: prefer machineConfigurationInput.
   */
  machineConfigurationInputWo?: pulumi.Input<string | undefined> | undefined;
  /** Address of the machine: an IP address without port. Must be given. */
  node: pulumi.Input<string>;
  /** What happens to the machine when this resource is deleted. Nothing when unset. */
  onDestroy?: pulumi.Input<inputs.machine.ConfigurationApplyOnDestroy | undefined> | undefined;
  /** How long each operation is tried. Give every key, or leave timeouts out (10m each). */
  timeouts?: pulumi.Input<inputs.machine.Timeout | undefined> | undefined;
}

/** What can be given to {@link ConfigurationApply.get}. */
export interface ConfigurationApplyState {
  applyMode?: pulumi.Input<string | undefined> | undefined;
  clientConfiguration?: pulumi.Input<inputs.machine.ClientConfiguration | undefined> | undefined;
  clientConfigurationWo?: pulumi.Input<inputs.machine.ConfigurationApplyClientConfigurationWo | undefined> | undefined;
  configPatches?: pulumi.Input<pulumi.Input<string>[] | undefined> | undefined;
  endpoint?: pulumi.Input<string | undefined> | undefined;
  machineConfiguration?: pulumi.Input<string | undefined> | undefined;
  machineConfigurationHash?: pulumi.Input<string | undefined> | undefined;
  machineConfigurationInput?: pulumi.Input<string | undefined> | undefined;
  machineConfigurationInputWo?: pulumi.Input<string | undefined> | undefined;
  node?: pulumi.Input<string | undefined> | undefined;
  onDestroy?: pulumi.Input<inputs.machine.ConfigurationApplyOnDestroy | undefined> | undefined;
  resolvedApplyMode?: pulumi.Input<string | undefined> | undefined;
  timeouts?: pulumi.Input<inputs.machine.Timeout | undefined> | undefined;
}
