import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { InvalidInput } from "../../components/core/problem";
import { readProject, readStackFiles } from "../../stacks/stack-files";
import { changedFiles, changedStacks } from "../check/git";
import { Engine } from "../engine";
import type { CallOptions, EngineOptions, StackResult } from "../engine-options";
import { EngineError } from "../engine-error";
import type { EngineEvent } from "../engine-events";
import { failureOf } from "../failure/classify";
import { recover, type RecoverOptions, type Recovery } from "../recover";
import { attempt, AttemptsFailed, type Retries } from "./attempts";
import { Channel } from "./channel";
import { explained } from "./explain";
import { type FleetEvent, fleetEvent } from "./events";
import { inOrder } from "./in-order";
import type { FleetResult, Operation, StackOutcome } from "./outcome";
import { OperationPolicies, type PolicyChoice } from "./policies";
import { below, canariesFirst, type Member, ordered, select, type Selection } from "./selection";

export interface FleetOptions extends Omit<EngineOptions, "workDir"> {
  /** Directory of Pulumi.yaml. */
  readonly project: string;
  /** What stacks are held against. False: only what the backend enforces. Default: the project's own pack. */
  readonly policies?: PolicyChoice | false;
  /** Stacks that are worked on at the same time. Default: one for each processor. */
  readonly concurrency?: number;
  readonly retries?: Retries;
  /** Whether etcd runs on a machine whose bootstrap has no known end. Default: such a stack is not recovered by itself. */
  readonly etcdBootstrapped?: RecoverOptions["etcdBootstrapped"];
}

/** What a single operation does otherwise than its fleet. */
export interface FleetCall extends Pick<CallOptions, "signal" | "program" | "parallel"> {
  readonly policies?: PolicyChoice | false;
  readonly concurrency?: number;
  readonly retries?: Retries;
  /** Whether nothing more begins after a failure, not only what builds on it. Default: false. */
  readonly stopOnFailure?: boolean;
  /** Tenants that come before the others of their cloud, one after the other in this order. Default: none. */
  readonly canaries?: readonly string[];
  /**
   * Whether a deployment of a stack was killed, and none runs: it is freed and recovered before it is deployed. Default:
   * locks of dead processes say so.
   */
  readonly interrupted?: (stack: string) => boolean;
  /** Makes more of each engine's events, of which the stream holds what programs need. Must not throw. */
  readonly onEngineEvent?: (stack: string, event: Parameters<typeof fleetEvent>[1]) => void;
}

/** An operation that works: what happens, and what comes of it. Working does not depend on anybody's listening. */
export interface Run extends AsyncIterable<FleetEvent> {
  /** Rejects only when nothing was begun: a selection or project that cannot be used. */
  readonly result: Promise<FleetResult>;
}

/** The cloud of the files that people copy: meant only where it is named. */
const EXAMPLE = "example";

/** A stack of the project, and what the backend knows of it. */
export interface ListedStack extends Member {
  /** Whether the backend has it; without it there is a stack file only. */
  readonly deployed: boolean;
  readonly resources?: number;
  /** When it was last deployed, RFC 3339. */
  readonly lastUpdate?: string;
}

/**
 * All stacks of a project: clouds with their platforms and tenants, on any backend. Operations work on one stack or many,
 * each after what it builds on. Several operations, and several fleets, may work in one process at the same time; they
 * share nothing but the CLI. Each keeps temporary files, some of which hold credentials, in folders of its own that go
 * with it.
 */
export class Fleet {
  /** For what concerns a single stack: outputs, state. */
  readonly engine: Engine;

  constructor(private readonly options: FleetOptions) {
    this.engine = new Engine({ ...options, workDir: path.resolve(options.project) });
  }

  /** The project's stacks, by layer and name. @throws InvalidInput for stack files that cannot be read. */
  members(selection: Selection = {}): Member[] {
    const project = readProject(path.resolve(this.options.project));
    const all = readStackFiles(project);
    const { stacks = [], clouds = [], changed } = selection;
    const named = [...stacks, ...clouds].some((text) => text.includes(EXAMPLE));
    const chosen = select(named ? all : all.filter(({ stack }) => stack.cloud !== EXAMPLE), selection);
    const concerned = changed === undefined ? all : changedStacks(all, changedFiles(project.root, changed));
    return chosen.filter((each) => concerned.includes(each)).map(({ name, stack }) => ({ name, stack }));
  }

  /** The same, with what the backend has of each. */
  async list(selection: Selection = {}): Promise<ListedStack[]> {
    const members = this.members(selection);
    const known = new Map((await this.engine.stacks()).map((summary) => [summary.name, summary]));
    return members.map((member) => {
      const summary = known.get(member.name);
      return {
        ...member,
        deployed: summary !== undefined,
        ...(summary?.resourceCount === undefined ? {} : { resources: summary.resourceCount }),
        ...(summary?.lastUpdate === undefined ? {} : { lastUpdate: summary.lastUpdate }),
      };
    });
  }

  /** What `up` would do. Changes nothing and takes no lock, but makes no stack either: those that are not there fail. */
  preview(selection: Selection, call: FleetCall = {}): Run {
    return this.run("preview", selection, call);
  }

  /** Deploys base stacks, then platforms, then tenants; makes stacks that are not there. */
  up(selection: Selection, call: FleetCall = {}): Run {
    return this.run("up", selection, call);
  }

  /** Makes states agree with what is there. */
  refresh(selection: Selection, call: FleetCall = {}): Run {
    return this.run("refresh", selection, call);
  }

  /** Deletes what stacks have: tenants first, then platforms, then base stacks. The empty stacks stay. */
  destroy(selection: Selection, call: FleetCall = {}): Run {
    return this.run("destroy", selection, call);
  }

  /**
   * The administrator's kubeconfig of a cluster. Secret: who has it owns the cluster.
   *
   * @throws InvalidInput when the stack has none, EngineError when its outputs cannot be read.
   */
  async kubeconfig(stack: string): Promise<string> {
    // a platform passes on the one of its base stack
    const platform = stack.startsWith("platform.");
    const value: unknown = platform ? undefined : (await this.engine.outputs(stack))["kubeconfig"]?.value;
    if (typeof value === "string") return value;
    const rule = "must be a base or tenant stack that is deployed";
    const fix = platform ? "name its base stack" : `run \`firmament up ${stack}\` first`;
    throw new InvalidInput("kubeconfig", [{ where: stack, given: "no kubeconfig", rule, fix }]);
  }

  /** Frees a stack and finds out what a killed deployment had begun. The caller makes sure that none runs. */
  recover(stack: string): Promise<Recovery> {
    return this.recovery(stack, true);
  }

  private run(operation: Operation, selection: Selection, call: FleetCall): Run {
    const channel = new Channel<FleetEvent>();
    // begun after the caller could listen
    const result = Promise.resolve()
      .then(() => this.operate(operation, selection, call, channel))
      .finally(() => channel.close());
    result.catch(() => undefined);
    return { result, [Symbol.asyncIterator]: () => channel[Symbol.asyncIterator]() };
  }

  private async operate(
    operation: Operation,
    selection: Selection,
    call: FleetCall,
    channel: Channel<FleetEvent>,
  ): Promise<FleetResult> {
    const started = Date.now();
    const members = this.members(selection);
    if (operation === "destroy") await this.refuseGround(members);
    const steps = ordered(canariesFirst(members, call.canaries), operation === "destroy" ? "down" : "up");
    const temporary = this.folder();
    try {
      const choice = call.policies ?? this.options.policies ?? {};
      const judged = operation === "up" || operation === "preview";
      const policies =
        choice === false || !judged || call.program !== undefined
          ? undefined
          : new OperationPolicies(choice, path.resolve(this.options.project), temporary, steps);
      const stacks = await inOrder(steps, {
        concurrency: call.concurrency ?? this.options.concurrency ?? os.availableParallelism(),
        stopOnFailure: call.stopOnFailure ?? false,
        skip: ({ name }, because): StackOutcome => finish({ status: "skipped", stack: name, because }),
        work: async (step) => {
          const value = finish(await this.stack(operation, step, policies, call, channel));
          return { ok: value.status === "done", value };
        },
      });
      const ok = stacks.every(({ status }) => status === "done");
      return { operation, ok, stacks, seconds: (Date.now() - started) / 1000 };
    } finally {
      fs.rmSync(temporary, { recursive: true, force: true });
    }

    function finish(outcome: StackOutcome): StackOutcome {
      channel.send({ type: "finished", stack: outcome.stack, outcome });
      return outcome;
    }
  }

  private async stack(
    operation: Operation,
    step: Member,
    policies: OperationPolicies | undefined,
    call: FleetCall,
    channel: Channel<FleetEvent>,
  ): Promise<StackOutcome> {
    const { name: stack } = step;
    // of the last attempt
    let heard: EngineEvent[] = [];
    const common = {
      ...(call.signal === undefined ? {} : { signal: call.signal }),
      ...(call.program === undefined ? {} : { program: call.program }),
      ...(call.parallel === undefined ? {} : { parallel: call.parallel }),
      onEvent: (event: EngineEvent) => {
        if (event.resOpFailedEvent !== undefined) heard.push(event);
        call.onEngineEvent?.(stack, event);
        const told = fleetEvent(stack, event);
        if (told !== undefined) channel.send(told);
      },
    };
    const once = async (attempts: number): Promise<StackResult> => {
      if (attempts === 1 && operation === "up" && call.interrupted?.(stack) === true) {
        channel.send({ type: "recovered", stack, recovery: await this.recovery(stack, true) });
      }
      channel.send({ type: "started", stack, operation, attempt: attempts });
      heard = [];
      const held = await policies?.of(step);
      // one component that fails does not keep those from coming up that do not need it
      const onwards = operation === "up" && step.stack.layer === "platform" ? { continueOnError: true } : {};
      const options = { ...common, ...onwards, ...(held === undefined ? {} : { policies: held }) };
      try {
        return await this.engine[operation](stack, options);
      } catch (error) {
        if (operation !== "up" || !(error instanceof EngineError) || error.failure.kind !== "missing") throw error;
        await this.engine.init(stack);
        return this.engine.up(stack, options);
      }
    };
    const signal = call.signal ?? this.options.signal;
    try {
      const { value: result, attempts } = await attempt(once, {
        ...(call.retries ?? this.options.retries),
        ...(signal === undefined ? {} : { signal }),
        ...(operation === "preview" ? {} : { recover: () => this.recovery(stack, false) }),
        retrying: (failure, seconds) => channel.send({ type: "retry", stack, failure, seconds }),
        recovered: (recovery) => channel.send({ type: "recovered", stack, recovery }),
      });
      return { status: "done", stack, attempts, result };
    } catch (thrown) {
      const [cause, attempts] = thrown instanceof AttemptsFailed ? [thrown.cause, thrown.attempts] : [thrown, 1];
      const error = cause instanceof EngineError ? await this.explained(cause, heard, step) : errorOf(cause);
      const aborted = signal?.aborted === true;
      const nothing = { diagnostics: [], output: "", refusedByPolicy: false, pending: false };
      const failure =
        error instanceof EngineError ? error.failure : failureOf({ stack, thrown: error, ...nothing, aborted });
      return { status: "failed", stack, attempts, failure, message: error.message, error };
    }
  }

  /** @throws InvalidInput when something stands on what would be taken away. */
  private async refuseGround(members: readonly Member[]): Promise<void> {
    const low = members.filter(({ stack }) => stack.layer !== "tenant");
    if (low.length === 0) return;
    const taken = new Set(members.map(({ name }) => name));
    const standing = (await this.list({ clouds: low.map(({ stack }) => stack.cloud) })).filter(
      ({ name, stack, deployed, resources }) =>
        deployed && resources !== 0 && !taken.has(name) && low.some((each) => below(each.stack, stack)),
    );
    const problems = standing.map(({ name, resources = "unknown" }) => ({
      where: name,
      given: `${resources} resources`,
      rule: "builds on what would be destroyed",
      fix: "destroy it first, or name it as well",
    }));
    if (problems.length > 0) throw new InvalidInput("destroy", problems);
  }

  private explained(error: EngineError, events: readonly EngineEvent[], step: Member): Promise<EngineError> {
    return explained(error, events, step, { engine: this.engine, project: path.resolve(this.options.project) });
  }

  private recovery(stack: string, free: boolean): Promise<Recovery> {
    const unknown = (node: string) => {
      const what = `the bootstrap of etcd on ${node} has no known end`;
      return Promise.reject(new Error(`${stack}: ${what}; run \`firmament recover --stack ${stack}\``));
    };
    return recover(this.engine, stack, { free, etcdBootstrapped: this.options.etcdBootstrapped ?? unknown });
  }

  private folder(): string {
    const parent = this.options.temporary ?? os.tmpdir();
    fs.mkdirSync(parent, { recursive: true });
    return fs.mkdtempSync(path.join(parent, "firmament-"));
  }
}

function errorOf(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause));
}
