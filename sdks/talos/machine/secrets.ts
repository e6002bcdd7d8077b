import * as pulumi from "@pulumi/pulumi";
import type * as inputs from "../types/input";
import type * as outputs from "../types/output";
import * as utilities from "../utilities";

const shape = {
  inputs: ["talosVersion"],
  outputs: ["machineSecrets", "clientConfiguration"],
} as const satisfies utilities.ResourceShape;

/**
 * The secrets of one cluster: its authorities, tokens and keys, and credentials for the Talos API.
 *
 * Generated once and kept in the state, which is the only place that has them: protect this resource. The credentials
 * are
 * renewed by any `up` in their last month.
 *
 * Lowering `talosVersion` replaces the resource, that is, makes new secrets for a cluster that runs with the old ones.
 *
 * Import: the id is the path of a file written by `talosctl gen secrets`.
 */
export class Secrets extends pulumi.CustomResource {
  /** Looks an existing one up by its id, without managing it. */
  public static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: SecretsState,
    opts?: pulumi.CustomResourceOptions,
  ): Secrets {
    return new Secrets(name, state as SecretsArgs, { ...opts, id });
  }

  /** @internal */
  public static readonly __pulumiType = "talos:machine/secrets:Secrets";

  /** True for every Secrets of this package, also of another loaded copy of it. */
  public static override isInstance(obj: unknown): obj is Secrets {
    return utilities.isInstance(obj, Secrets.__pulumiType);
  }

  /** Credentials for the Talos API with role os:admin. Its key is secret. */
  declare public readonly clientConfiguration: pulumi.Output<outputs.machine.ClientConfiguration>;
  /** Everything secret of the cluster, to be given to getConfiguration. Secret. */
  declare public readonly machineSecrets: pulumi.Output<outputs.machine.MachineSecrets>;
  /**
   * Talos version whose configuration contract the secrets follow: v1.13, v1.13.2, 1.13 or 1.13.2. Not the version that
   * gets installed.
   * @default the version the provider was built with (v1.13)
   */
  declare public readonly talosVersion: pulumi.Output<string>;

  constructor(name: string, args?: SecretsArgs, opts?: pulumi.CustomResourceOptions) {
    const type = Secrets.__pulumiType;
    super(type, name, utilities.resourceInputs(type, shape, args, opts), utilities.resourceOptions(shape, opts));
  }
}

/** Arguments of {@link Secrets}. */
export interface SecretsArgs {
  /**
   * Talos version whose configuration contract the secrets follow: v1.13, v1.13.2, 1.13 or 1.13.2. Not the version that
   * gets installed.
   * @default the version the provider was built with (v1.13)
   */
  talosVersion?: pulumi.Input<string | undefined> | undefined;
}

/** What can be given to {@link Secrets.get}. */
export interface SecretsState {
  clientConfiguration?: pulumi.Input<inputs.machine.ClientConfiguration | undefined> | undefined;
  machineSecrets?: pulumi.Input<inputs.machine.MachineSecretsArgs | undefined> | undefined;
  talosVersion?: pulumi.Input<string | undefined> | undefined;
}
