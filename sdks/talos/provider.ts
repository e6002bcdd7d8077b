import * as pulumi from "@pulumi/pulumi";
import * as utilities from "./utilities";

/**
 * An explicit provider of the talos package. Needed only to use an image factory of one's own: machines are addressed
 * by each resource, the provider itself holds no credentials and opens no connection.
 */
export class Provider extends pulumi.ProviderResource {
  /** @internal */
  public static readonly __pulumiType = "talos";

  /** True for every Provider of this package, also of another loaded copy of it. */
  public static override isInstance(obj: unknown): obj is Provider {
    return utilities.isInstance(obj, `pulumi:providers:${Provider.__pulumiType}`);
  }

  /** URL of the image factory; https://factory.talos.dev when unset. */
  declare public readonly imageFactoryUrl: pulumi.Output<string | undefined>;

  constructor(name: string, args?: ProviderArgs, opts?: pulumi.ResourceOptions) {
    const inputs = { imageFactoryUrl: args?.imageFactoryUrl };
    super(Provider.__pulumiType, name, inputs, pulumi.mergeOptions(utilities.resourceOptsDefaults(), opts));
  }

  /** The provider's configuration under the names of the Terraform provider, for use with Terraform modules. */
  terraformConfig(): pulumi.Output<Provider.TerraformConfigResult> {
    return pulumi.runtime.call("pulumi:providers:talos/terraformConfig", { __self__: this }, this);
  }
}

/** Arguments of {@link Provider}. */
export interface ProviderArgs {
  /**
   * URL of the image factory that stores schematics and builds images.
   * @default "https://factory.talos.dev"
   */
  imageFactoryUrl?: pulumi.Input<string | undefined> | undefined;
}

// a namespace merged into the class is how generated packages name the results of methods
// eslint-disable-next-line @typescript-eslint/no-namespace
export namespace Provider {
  /** Result of {@link Provider.terraformConfig}. */
  export interface TerraformConfigResult {
    readonly result: Record<string, unknown>;
  }
}
