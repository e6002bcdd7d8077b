import * as pulumi from "@pulumi/pulumi";
import { withLocalStorage } from "@pulumi/pulumi/runtime/state";
import type { ResourceOptions } from "../../policies";
import { afterReading, hasPlaceholder, placeholder, placeholderResult } from "./placeholders";
import {
  referred,
  registered,
  Urns,
  type OutputsRequest,
  type ReadRequest,
  type Registered,
  type RegisterRequest,
} from "./wire";

/** A resource as the engine would show it to a policy; secrets keep their marks, unknown values their sentinel. */
export interface CheckedResource {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly props: Record<string, unknown>;
  readonly opts: ResourceOptions;
  readonly provider?: { readonly type: string; readonly name: string; readonly urn: string; readonly props: unknown };
}

export interface ProgramRun {
  readonly resources: readonly CheckedResource[];
  /** Outputs of the stack, as they go to the engine. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

export interface ProgramWorld {
  readonly project: string;
  readonly stack: string;
  readonly organization: string;
  /** Configuration as the engine hands it over: `firmament:tenant` → JSON text. */
  readonly config: Readonly<Record<string, string>>;
  /** Outputs of other stacks, by qualified name, and which of them are secret. */
  readonly stacks: Readonly<Record<string, StackOutputs>>;
}

export interface StackOutputs {
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly secrets: readonly string[];
}

const STACK = "pulumi:pulumi:Stack";
const REFERENCE = "pulumi:pulumi:StackReference";

/**
 * Runs a program as a preview would, with runtime state of its own and nothing behind it: no engine, no provider, no
 * cluster. What a provider would compute is not known; machine configurations are put together as Talos would.
 *
 * Rejects when the program does.
 */
export async function runProgram(program: () => Promise<unknown>, world: ProgramWorld): Promise<ProgramRun> {
  return withLocalStorage(() => recorded(program, world));
}

async function recorded(program: () => Promise<unknown>, world: ProgramWorld): Promise<ProgramRun> {
  const { project, stack, organization } = world;
  await pulumi.runtime.setMocks(
    {
      call: ({ token, inputs }) => placeholderResult(token, inputs as Record<string, unknown>),
      newResource: ({ type, name, id, inputs }) => {
        const given = inputs as Record<string, unknown>;
        const state = type === REFERENCE ? reference(world, id ?? name) : placeholder(type);
        // a preview does not know the id of what it would create; functions wait for what has none
        const known = id !== undefined && id !== "" ? { id } : hasPlaceholder(type) ? { id: name } : {};
        return { ...known, state: { ...given, ...state } } as pulumi.runtime.MockResourceResult;
      },
    },
    project,
    stack,
    true,
    organization,
  );
  pulumi.runtime.setAllConfig({ ...world.config });
  const recorder = new Recorder(new Urns(project, stack));
  recorder.attach(pulumi.runtime.getMonitor() as unknown as Monitor);
  const ended = async () => {
    await pulumi.runtime.runInPulumiStack(async () => (await program()) as Record<string, unknown>);
    // resources are registered in the background: this waits for those that are still on their way
    await pulumi.runtime.disconnect();
  };
  await withoutFloating(ended);
  return recorder.result();
}

/** A program that fails leaves promises behind that are not awaited; they would end the process. */
async function withoutFloating(work: () => Promise<void>): Promise<void> {
  let floating: unknown;
  const catcher = (error: unknown) => {
    floating ??= error;
  };
  process.on("unhandledRejection", catcher);
  try {
    await work();
    // rejections are reported after the tasks that are due
    await new Promise((resolve) => setImmediate(resolve));
  } catch (error) {
    await new Promise((resolve) => setImmediate(resolve));
    throw error;
  } finally {
    process.off("unhandledRejection", catcher);
  }
  if (floating !== undefined) throw floating instanceof Error ? floating : new Error(String(floating));
}

function reference({ stacks }: ProgramWorld, name: string): Record<string, unknown> {
  const { outputs = {}, secrets = [] } = stacks[name] ?? {};
  return { name, outputs, secretOutputNames: secrets };
}

type Monitor = Record<string, (request: never, callback: unknown) => unknown>;

/** Listens to one call of the monitor. */
function listen<Request>(monitor: Monitor, method: string, heard: (request: Request) => void): void {
  const answer = monitor[method]?.bind(monitor);
  monitor[method] = (request: never, callback: unknown) => {
    heard(request);
    return answer?.(request, callback);
  };
}

/** Keeps what a program registers with the engine. */
class Recorder {
  private readonly found: Registered[] = [];
  private outputs: Record<string, unknown> = {};

  constructor(private readonly urns: Urns) {}

  attach(monitor: Monitor): void {
    listen(monitor, "registerResource", (request: RegisterRequest) => {
      this.found.push(registered(request, this.urns));
    });
    listen(monitor, "readResource", (request: ReadRequest) => {
      this.urns.add(request);
      // other resources that are read are somebody else's to evaluate
      if (request.getType() === REFERENCE) this.found.push(referred(request, this.urns));
    });
    listen(monitor, "registerResourceOutputs", (request: OutputsRequest) => {
      if (request.getUrn().includes(`::${STACK}::`)) this.outputs = request.getOutputs()?.toJavaScript() ?? {};
    });
  }

  result(): ProgramRun {
    const outputs = afterReading(this.outputs) as Record<string, unknown>;
    const byUrn = new Map(this.found.map((each) => [each.urn, each]));
    const resources = this.found.map(({ providerUrn, ...resource }): CheckedResource => {
      const props = resource.type === STACK ? outputs : resource.props;
      const provider = providerUrn === undefined ? undefined : byUrn.get(providerUrn);
      if (provider === undefined) return { ...resource, props };
      const { type, name, urn } = provider;
      return { ...resource, props, provider: { type, name, urn, props: provider.props } };
    });
    return { resources, outputs };
  }
}
