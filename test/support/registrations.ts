import * as pulumi from "@pulumi/pulumi";
import { withLocalStorage } from "@pulumi/pulumi/runtime/state";
import { decode, nameOf, type Decoded, type ReadRequest, type RegisterRequest, type OutputsRequest } from "./wire";

export { UNKNOWN } from "./wire";

/**
 * One resource as it is registered with the engine. Inputs are unwrapped; which of them were secret is in `secrets`, and
 * what a preview does not know is UNKNOWN.
 */
export interface Registration {
  readonly type: string;
  readonly name: string;
  /** A resource of a provider, as opposed to a component. */
  readonly custom: boolean;
  /** Read from the cloud by this id, not created. Undefined also where the id is not known yet. */
  readonly read: boolean;
  readonly id?: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Dotted paths of secret inputs. */
  readonly secrets: readonly string[];
  /** Name of the provider resource, if one was given or inherited. */
  readonly provider?: string;
  /** Names of resources. */
  readonly parent?: string;
  readonly dependsOn: readonly string[];
  readonly deletedWith?: string;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly customTimeouts: pulumi.CustomTimeouts;
}

/** What replaces engine and clouds. */
export interface World {
  readonly project?: string;
  readonly stack?: string;
  readonly organization?: string;
  /** Whether the program is previewed. Default: it is deployed. */
  readonly preview?: boolean;
  /** Outputs of other stacks, by qualified name. */
  readonly stacks?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Which of those outputs are secret. Default: none. */
  readonly secretOutputs?: readonly string[];
  /** Outputs of resources beyond their inputs, merged over them. */
  readonly state?: (type: string, name: string, inputs: Record<string, unknown>) => Record<string, unknown> | undefined;
  /** Results of functions of providers, by token. Default: empty. */
  readonly call?: (token: string, inputs: Record<string, unknown>) => Record<string, unknown>;
  /** Called for everything that is created or read, in order; the way to look at a program that fails. */
  readonly watch?: (type: string, name: string) => void;
  /** Configuration of the stack: `firmament:tenant` → JSON text. */
  readonly config?: Readonly<Record<string, string>>;
}

/** What a program did: its resources in the order of their registration, and its outputs, unwrapped. */
export interface Run {
  readonly resources: readonly Registration[];
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Names of secret outputs. */
  readonly secretOutputs: readonly string[];
}

type Program = () => unknown;

/**
 * Runs a program against mocks, with runtime state of its own: programs may run beside each other in one process.
 *
 * Rejects when the program throws, and when an output that something waits for faults.
 */
export async function run(program: Program, world: World = {}): Promise<Run> {
  return withLocalStorage(() => recorded(program, world));
}

/** The resources of a program, without the stack itself. */
export async function registrations(program: Program, world: World = {}): Promise<readonly Registration[]> {
  return (await run(program, world)).resources;
}

/** The only resource of that type (and name); fails when there is none or more than one. */
export function only(resources: readonly Registration[], type: string, name?: string): Registration {
  const found = resources.filter((each) => each.type === type && (name === undefined || each.name === name));
  const [first] = found;
  if (first === undefined || found.length > 1) {
    const known = resources.map((each) => `${each.type} ${each.name}`).join("\n  ");
    throw new Error(`${found.length} resources are ${type} ${name ?? ""}, of\n  ${known}`);
  }
  return first;
}

async function recorded(program: Program, world: World): Promise<Run> {
  const { project = "firmament", stack = "test", organization = "organization", preview = false } = world;
  const resources: Registration[] = [];
  let outputs: Decoded = { value: {}, secrets: [] };

  await pulumi.runtime.setMocks(
    {
      call: ({ token, inputs }) => world.call?.(token, inputs as Record<string, unknown>) ?? {},
      newResource: ({ type, name, id, inputs }) => {
        if (type !== "pulumi:pulumi:Stack") world.watch?.(type, name);
        const given = inputs as Record<string, unknown>;
        const state =
          type === "pulumi:pulumi:StackReference" ? reference(world, id ?? name) : world.state?.(type, name, given);
        // a preview does not know the id of what it would create
        const known = preview && id === undefined ? {} : { id: id === undefined || id === "" ? `${name}-id` : id };
        return { ...known, state: { ...given, ...state } } as pulumi.runtime.MockResourceResult;
      },
    },
    project,
    stack,
    preview,
    organization,
  );
  pulumi.runtime.setAllConfig({ ...world.config });

  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  intercept(monitor, "registerResource", (request: RegisterRequest) => {
    if (request.getType() === "pulumi:pulumi:Stack") return;
    const { value, secrets } = decode(request.getObject());
    const timeouts = request.getCustomtimeouts();
    resources.push({
      ...identity(request),
      custom: request.getCustom(),
      read: false,
      inputs: value,
      secrets,
      ...(request.getDeletedwith() === "" ? {} : { deletedWith: nameOf(request.getDeletedwith()) }),
      protect: request.getProtect() ?? false,
      retainOnDelete: request.getRetainondelete() ?? false,
      customTimeouts: dense({
        create: timeouts?.getCreate(),
        update: timeouts?.getUpdate(),
        delete: timeouts?.getDelete(),
      }),
    });
  });
  intercept(monitor, "readResource", (request: ReadRequest) => {
    const { value, secrets } = decode(request.getProperties());
    const id = decode(request.getId());
    resources.push({
      ...identity(request),
      custom: true,
      read: true,
      id: id.value as unknown as string,
      inputs: value,
      secrets,
      protect: false,
      retainOnDelete: false,
      customTimeouts: {},
    });
  });
  intercept(monitor, "registerResourceOutputs", (request: OutputsRequest) => {
    if (request.getUrn().includes("::pulumi:pulumi:Stack::")) outputs = decode(request.getOutputs());
  });

  await pulumi.runtime.runInPulumiStack(async () => (await program()) as Record<string, unknown>);
  // resources are registered in the background: this waits for those that are still on their way
  await pulumi.runtime.disconnect();
  return { resources, outputs: outputs.value, secretOutputs: outputs.secrets };
}

type Monitor = Record<string, (request: never, callback: unknown) => unknown>;

/** Listens to one call of the monitor. */
function intercept<Request>(monitor: Monitor, method: string, listen: (request: Request) => void): void {
  const answer = monitor[method]?.bind(monitor);
  monitor[method] = (request: never, callback: unknown) => {
    listen(request);
    return answer?.(request, callback);
  };
}

function identity(request: RegisterRequest | ReadRequest) {
  const [provider, parent] = [request.getProvider(), request.getParent()];
  const type = request.getType();
  return {
    type,
    name: request.getName(),
    ...(provider === "" ? {} : { provider: nameOf(provider.slice(0, provider.lastIndexOf("::"))) }),
    ...(parent === "" || parent.includes("::pulumi:pulumi:Stack::") ? {} : { parent: nameOf(parent) }),
    dependsOn: request.getDependenciesList().map(nameOf),
  };
}

function reference({ stacks = {}, secretOutputs = [] }: World, name: string): Record<string, unknown> {
  const outputs = stacks[name] ?? {};
  return { name, outputs, secretOutputNames: Object.keys(outputs).filter((key) => secretOutputs.includes(key)) };
}

function dense(timeouts: Record<string, string | undefined>): pulumi.CustomTimeouts {
  return Object.fromEntries(Object.entries(timeouts).filter(([, value]) => value !== undefined && value !== ""));
}
