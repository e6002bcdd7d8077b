import * as pulumi from "@pulumi/pulumi";
import type * as inputs from "../types/input";
import type * as outputs from "../types/output";
import * as utilities from "../utilities";

const shape = {
  inputs: ["node", "endpoint", "clientConfiguration", "clientConfigurationWo", "timeouts"],
  required: ["node"],
  secrets: ["clientConfigurationWo"],
  timeouts: ["create"],
} as const satisfies utilities.ResourceShape;

/**
 * Starts etcd, and with it Kubernetes, on one control plane of a cluster. Exactly one per cluster.
 *
 * Repeated until the machine accepts it or the timeout is over. A machine that is part of a running cluster answers
 * that it
 * is bootstrapped already, which is repeated as well and fails with the timeout; import the resource then, with any id.
 * Deleting and updating change the state only.
 */
export class Bootstrap extends pulumi.CustomResource {
  /** Looks an existing one up by its id, without managing it. */
  public static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: BootstrapState,
    opts?: pulumi.CustomResourceOptions,
  ): Bootstrap {
    return new Bootstrap(name, state as BootstrapArgs, { ...opts, id });
  }

  /** @internal */
  public static readonly __pulumiType = "talos:machine/bootstrap:Bootstrap";

  /** True for every Bootstrap of this package, also of another loaded copy of it. */
  public static override isInstance(obj: unknown): obj is Bootstrap {
    return utilities.isInstance(obj, Bootstrap.__pulumiType);
  }

  /** Credentials for the machine's API. Exactly one of this and clientConfigurationWo. */
  declare public readonly clientConfiguration: pulumi.Output<outputs.machine.ClientConfiguration | undefined>;
  /**
   * Credentials that are not written to the state. Give either this or clientConfiguration.
   * Provider 0.8.1 fails on write-only inputs after a successful call: prefer clientConfiguration.
   */
  declare public readonly clientConfigurationWo: pulumi.Output<
    outputs.machine.BootstrapClientConfigurationWo | undefined
  >;
  /** Where the API is dialled; the node when it was left out. */
  declare public readonly endpoint: pulumi.Output<string>;
  /**
   * Address of the machine: an IP address without port. Must be given. Not a virtual address of the cluster: that one
   * appears only after this.
   */
  declare public readonly node: pulumi.Output<string>;
  /** How long bootstrapping is tried, 10m when unset. Real machines may need 20m to install and reboot. */
  declare public readonly timeouts: pulumi.Output<outputs.machine.BootstrapTimeouts | undefined>;

  constructor(name: string, args: BootstrapArgs, opts?: pulumi.CustomResourceOptions) {
    const type = Bootstrap.__pulumiType;
    super(type, name, utilities.resourceInputs(type, shape, args, opts), utilities.resourceOptions(shape, opts));
  }
}

/** Arguments of {@link Bootstrap}. */
export interface BootstrapArgs {
  /** Credentials for the machine's API. Exactly one of this and clientConfigurationWo. */
  clientConfiguration?: pulumi.Input<inputs.machine.ClientConfiguration | undefined> | undefined;
  /**
   * Credentials that are not written to the state. Give either this or clientConfiguration.
   * Provider 0.8.1 fails on write-only inputs after a successful call: prefer clientConfiguration.
   */
  clientConfigurationWo?: pulumi.Input<inputs.machine.BootstrapClientConfigurationWo | undefined> | undefined;
  /**
   * Where the machine's API is dialled, as host or host:port (port 50000 when left out); several machines may be
   * reached
   * through one endpoint. The node itself when unset.
   */
  endpoint?: pulumi.Input<string | undefined> | undefined;
  /**
   * Address of the machine: an IP address without port. Must be given. Not a virtual address of the cluster: that one
   * appears only after this.
   */
  node: pulumi.Input<string>;
  /** How long bootstrapping is tried, 10m when unset. Real machines may need 20m to install and reboot. */
  timeouts?: pulumi.Input<inputs.machine.BootstrapTimeouts | undefined> | undefined;
}

/** What can be given to {@link Bootstrap.get}. */
export interface BootstrapState {
  clientConfiguration?: pulumi.Input<inputs.machine.ClientConfiguration | undefined> | undefined;
  clientConfigurationWo?: pulumi.Input<inputs.machine.BootstrapClientConfigurationWo | undefined> | undefined;
  endpoint?: pulumi.Input<string | undefined> | undefined;
  node?: pulumi.Input<string | undefined> | undefined;
  timeouts?: pulumi.Input<inputs.machine.BootstrapTimeouts | undefined> | undefined;
}
