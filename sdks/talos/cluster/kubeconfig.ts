import * as pulumi from "@pulumi/pulumi";
import type * as inputs from "../types/input";
import type * as outputs from "../types/output";
import * as utilities from "../utilities";

const shape = {
  inputs: ["node", "endpoint", "clientConfiguration", "certificateRenewalDuration", "timeouts"],
  outputs: ["kubeconfigRaw", "kubernetesClientConfiguration"],
  required: ["clientConfiguration", "node"],
  secrets: ["kubeconfigRaw"],
  timeouts: ["create", "update"],
} as const satisfies utilities.ResourceShape;

/**
 * Administrator's kubeconfig of a cluster, fetched from a control plane.
 *
 * A configured control plane gives it before Kubernetes runs: having it does not mean that the API answers. It is
 * fetched
 * again only when its certificate comes close to its end; after new machine secrets it stays as it is, unless
 * `replaceOnChanges` names clientConfiguration. Deleting changes the state only.
 */
export class Kubeconfig extends pulumi.CustomResource {
  /** Looks an existing one up by its id, without managing it. */
  public static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: KubeconfigState,
    opts?: pulumi.CustomResourceOptions,
  ): Kubeconfig {
    return new Kubeconfig(name, state as KubeconfigArgs, { ...opts, id });
  }

  /** @internal */
  public static readonly __pulumiType = "talos:cluster/kubeconfig:Kubeconfig";

  /** True for every Kubeconfig of this package, also of another loaded copy of it. */
  public static override isInstance(obj: unknown): obj is Kubeconfig {
    return utilities.isInstance(obj, Kubeconfig.__pulumiType);
  }

  /**
   * How long before its end the client certificate is renewed: a Go duration.
   * @default "720h"
   */
  declare public readonly certificateRenewalDuration: pulumi.Output<string>;
  /** Credentials for the machine's API. Must be given. */
  declare public readonly clientConfiguration: pulumi.Output<outputs.cluster.KubeconfigClientConfiguration>;
  /** Where the API is dialled; the node when it was left out. */
  declare public readonly endpoint: pulumi.Output<string>;
  /** The kubeconfig, YAML. Secret. */
  declare public readonly kubeconfigRaw: pulumi.Output<string>;
  /** Its parts. The key is secret. */
  declare public readonly kubernetesClientConfiguration: pulumi.Output<outputs.cluster.KubeconfigKubernetesClientConfiguration>;
  /** Address of the machine: an IP address without port. Must be given. A control plane. */
  declare public readonly node: pulumi.Output<string>;
  /** How long each operation is tried. Give every key, or leave timeouts out (10m each). */
  declare public readonly timeouts: pulumi.Output<outputs.cluster.KubeconfigTimeouts | undefined>;

  constructor(name: string, args: KubeconfigArgs, opts?: pulumi.CustomResourceOptions) {
    const type = Kubeconfig.__pulumiType;
    super(type, name, utilities.resourceInputs(type, shape, args, opts), utilities.resourceOptions(shape, opts));
  }
}

/** Arguments of {@link Kubeconfig}. */
export interface KubeconfigArgs {
  /**
   * How long before its end the client certificate is renewed: a Go duration.
   * @default "720h"
   */
  certificateRenewalDuration?: pulumi.Input<string | undefined> | undefined;
  /** Credentials for the machine's API. Must be given. */
  clientConfiguration: pulumi.Input<inputs.cluster.KubeconfigClientConfiguration>;
  /**
   * Where the machine's API is dialled, as host or host:port (port 50000 when left out); several machines may be
   * reached
   * through one endpoint. The node itself when unset.
   */
  endpoint?: pulumi.Input<string | undefined> | undefined;
  /** Address of the machine: an IP address without port. Must be given. A control plane. */
  node: pulumi.Input<string>;
  /** How long each operation is tried. Give every key, or leave timeouts out (10m each). */
  timeouts?: pulumi.Input<inputs.cluster.KubeconfigTimeouts | undefined> | undefined;
}

/** What can be given to {@link Kubeconfig.get}. */
export interface KubeconfigState {
  certificateRenewalDuration?: pulumi.Input<string | undefined> | undefined;
  clientConfiguration?: pulumi.Input<inputs.cluster.KubeconfigClientConfiguration | undefined> | undefined;
  endpoint?: pulumi.Input<string | undefined> | undefined;
  kubeconfigRaw?: pulumi.Input<string | undefined> | undefined;
  kubernetesClientConfiguration?:
    pulumi.Input<inputs.cluster.KubeconfigKubernetesClientConfiguration | undefined> | undefined;
  node?: pulumi.Input<string | undefined> | undefined;
  timeouts?: pulumi.Input<inputs.cluster.KubeconfigTimeouts | undefined> | undefined;
}
