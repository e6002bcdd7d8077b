import * as pulumi from "@pulumi/pulumi";
import * as utilities from "../utilities";

const shape = {
  inputs: ["schematic"],
} as const satisfies utilities.ResourceShape;

/**
 * A schematic (which system extensions, kernel arguments and overlay an image has), stored in the image factory.
 *
 * Its id is the SHA-256 by which images are addressed. The engine keeps the id of a resource that is updated in place:
 * give `replaceOnChanges: ["schematic"]`, or images of the old schematic stay in use. Deleting changes the state only.
 */
export class Schematic extends pulumi.CustomResource {
  /** Looks an existing one up by its id, without managing it. */
  public static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: SchematicState,
    opts?: pulumi.CustomResourceOptions,
  ): Schematic {
    return new Schematic(name, state as SchematicArgs, { ...opts, id });
  }

  /** @internal */
  public static readonly __pulumiType = "talos:imageFactory/schematic:Schematic";

  /** True for every Schematic of this package, also of another loaded copy of it. */
  public static override isInstance(obj: unknown): obj is Schematic {
    return utilities.isInstance(obj, Schematic.__pulumiType);
  }

  /** The schematic as YAML; should have the key customization, possibly empty. The factory's default when unset. */
  declare public readonly schematic: pulumi.Output<string | undefined>;

  constructor(name: string, args?: SchematicArgs, opts?: pulumi.CustomResourceOptions) {
    const type = Schematic.__pulumiType;
    super(type, name, utilities.resourceInputs(type, shape, args, opts), utilities.resourceOptions(shape, opts));
  }
}

/** Arguments of {@link Schematic}. */
export interface SchematicArgs {
  /** The schematic as YAML; should have the key customization, possibly empty. The factory's default when unset. */
  schematic?: pulumi.Input<string | undefined> | undefined;
}

/** What can be given to {@link Schematic.get}. */
export interface SchematicState {
  schematic?: pulumi.Input<string | undefined> | undefined;
}
