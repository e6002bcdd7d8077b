import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type {
  EngineEvent,
  LocalWorkspace,
  OutputMap,
  PulumiCommand,
  Stack,
  StackSummary,
} from "@pulumi/pulumi/automation";
import { loadLate } from "../components/core/load-late";
import { anyOf, deployment, packs } from "./engine-arguments";
import { thrownAs } from "./engine-error";
import { diagnosticsOf, foundPending, summarize } from "./engine-events";
import { keepLog } from "./engine-log";
import type { CallOptions, EngineOptions, OperationOptions, StackResult } from "./engine-options";
import { removingUserSettings, withoutUserSettings } from "./environment";
import { failureOf } from "./failure/classify";
import { watched } from "./inline-program";
import { pulumiCommand, runPulumi } from "./pulumi-cli";

/** An operation of the Automation API, with the options that all of them have in common. */
type Operation = (stack: Stack, options: CommonOptions) => Promise<unknown>;

interface CommonOptions {
  readonly color: "never";
  readonly suppressProgress: true;
  readonly suppressOutputs: true;
  readonly onOutput: (text: string) => void;
  readonly onError: (text: string) => void;
  readonly onEvent: (event: EngineEvent) => void;
  readonly target?: string[];
  readonly parallel?: number;
  readonly signal?: AbortSignal;
}

/**
 * Operations on the stacks of one project, on Pulumi's Automation API. Operations on different stacks may run at the
 * same time. Nothing of Pulumi is loaded before the first one.
 *
 * Operations throw EngineError, which gives the cause in `reason`, or InvalidInput when the CLI is too old.
 */
export class Engine {
  private command: Promise<PulumiCommand> | undefined;

  constructor(private readonly options: EngineOptions) {}

  /** Creates those of the stacks that do not exist, one after the other. */
  async create(stacks: readonly string[]): Promise<void> {
    await this.inWorkspace(async (workspace) => {
      const present = new Set((await workspace.listStacks()).map(({ name }) => name));
      for (const stack of stacks.filter((name) => !present.has(name))) await workspace.createStack(stack);
    });
  }

  /** Creates a stack; one that is there already, by whomever, is left as it is. */
  async init(stack: string): Promise<void> {
    await this.inWorkspace(async (workspace) => {
      await workspace.createStack(stack).catch((error: unknown) => {
        if (error instanceof Error && error.name === "StackAlreadyExistsError") return;
        throw this.failed({ stack, operation: "create" }, error, [], { output: "", aborted: false });
      });
    });
  }

  /** How the last operation on a stack ended: succeeded, failed, in-progress; nothing where there was none. */
  async lastResult(stack: string): Promise<string | undefined> {
    const [last] = await this.onStack("history", stack, (handle) => handle.history(1, 1));
    return last?.result;
  }

  /** The project's stacks that the backend has. */
  async stacks(): Promise<StackSummary[]> {
    return this.inWorkspace((workspace) => workspace.listStacks()).catch((error: unknown) => {
      throw this.failed({ stack: "the project", operation: "list" }, error, [], { output: "", aborted: false });
    });
  }

  /** Deploys a stack. */
  up(stack: string, options: OperationOptions = {}): Promise<StackResult> {
    return this.operate("up", stack, options, (handle, common) => handle.up({ ...common, ...deployment(options) }));
  }

  /** Shows what `up` would do; changes nothing and takes no lock. */
  preview(stack: string, options: OperationOptions = {}): Promise<StackResult> {
    return this.operate("preview", stack, options, (handle, common) =>
      handle.preview({ ...common, ...packs(options) }),
    );
  }

  /** Makes the state agree with what is there. */
  refresh(stack: string, options: CallOptions = {}): Promise<StackResult> {
    return this.operate("refresh", stack, options, (handle, common) => handle.refresh(common));
  }

  /** Deletes every resource of a stack that is not protected; the empty stack stays. */
  destroy(stack: string, options: CallOptions = {}): Promise<StackResult> {
    return this.operate("destroy", stack, options, (handle, common) => handle.destroy(common));
  }

  /** Removes an empty stack from the backend; its stack file stays. */
  async remove(stack: string): Promise<void> {
    await this.cli(["stack", "rm", stack, "--yes", "--preserve-config"]);
  }

  /** Frees the lock that a killed operation left. The caller makes sure that none runs. */
  async cancel(stack: string): Promise<void> {
    await this.onStack("cancel", stack, (handle) => handle.cancel());
  }

  /** Outputs of a stack, secrets in plain text; which of them are secret is said beside each. */
  outputs(stack: string): Promise<OutputMap> {
    return this.onStack("outputs", stack, (handle) => handle.outputs());
  }

  /**
   * State of a stack, its secrets encrypted unless `plainSecrets` is set. Done by the CLI, as is the import: the
   * Automation API exports secrets in plain text only, and imports by a file in the temporary directory that everybody
   * can read.
   */
  async exportState(
    stack: string,
    { plainSecrets = false }: { readonly plainSecrets?: boolean } = {},
  ): Promise<string> {
    return this.cli(["stack", "export", "--stack", stack, ...(plainSecrets ? ["--show-secrets"] : [])]);
  }

  /** Replaces the state of a stack by one as `exportState` gives it. */
  async importState(stack: string, state: string): Promise<void> {
    await this.cli(["stack", "import", "--stack", stack], state);
  }

  /**
   * Puts a plugin into the engine's home, in place of one of the same version. Done by the CLI: the Automation API
   * takes plugins from servers only.
   *
   * @param file archive or executable.
   */
  async installPlugin(name: string, version: string, file: string): Promise<void> {
    await this.cli(["plugin", "install", "resource", name, `v${version}`, "--file", file, "--reinstall"]);
  }

  private async operate(operation: string, stack: string, options: CallOptions, work: Operation): Promise<StackResult> {
    const started = Date.now();
    const events: EngineEvent[] = [];
    let output = "";
    const append = (text: string) => void (output += text);
    const signal = anyOf(this.options.signal, options.signal);
    const common: CommonOptions = {
      color: "never",
      suppressProgress: true,
      suppressOutputs: true,
      onOutput: append,
      onError: append,
      onEvent: (event) => {
        events.push(event);
        options.onEvent?.(event);
      },
      ...(options.target === undefined ? {} : { target: [...options.target] }),
      ...(options.parallel === undefined ? {} : { parallel: options.parallel }),
      ...(signal === undefined ? {} : { signal }),
    };
    const watch = options.program === undefined ? undefined : watched(options.program);
    try {
      signal?.throwIfAborted();
      await this.inWorkspace(async (workspace, select) => {
        const handle = await select(stack, workspace);
        if (watch !== undefined) workspace.program = watch.program;
        // Asked for after each operation, by three more processes that together take a second; they are not used here.
        workspace.stackOutputs = () => Promise.resolve({});
        handle.history = () => Promise.resolve([]);
        return work(handle, common);
      });
    } catch (error) {
      const disturbed = watch?.disturbed() === true;
      throw this.failed({ stack, operation }, error, events, { output, aborted: signal?.aborted === true, disturbed });
    } finally {
      watch?.end();
      if (this.options.logs !== undefined) keepLog(this.options.logs, `${stack}.${operation}`, { output, events });
    }
    return { name: stack, ...summarize(events), seconds: (Date.now() - started) / 1000 };
  }

  private failed(
    of: { readonly stack: string; readonly operation: string },
    thrown: unknown,
    events: readonly EngineEvent[],
    { output, aborted, disturbed = false }: { output: string; aborted: boolean; disturbed?: boolean },
  ): Error {
    const { errors, refusedByPolicy } = summarize(events);
    const failure = failureOf({
      stack: of.stack,
      thrown,
      diagnostics: diagnosticsOf(events),
      output,
      refusedByPolicy,
      pending: foundPending(events),
      aborted,
      disturbed,
    });
    return thrownAs(of, thrown, failure, { errors, output });
  }

  private async onStack<T>(operation: string, stack: string, work: (handle: Stack) => Promise<T>): Promise<T> {
    try {
      return await this.inWorkspace(async (workspace, select) => work(await select(stack, workspace)));
    } catch (error) {
      throw this.failed({ stack, operation }, error, [], { output: "", aborted: false });
    }
  }

  /** Gives `work` a workspace whose processes keep their temporary files in a directory of their own. */
  private async inWorkspace<T>(
    work: (
      workspace: LocalWorkspace,
      select: (name: string, workspace: LocalWorkspace) => Promise<Stack>,
    ) => Promise<T>,
  ): Promise<T> {
    this.options.signal?.throwIfAborted();
    const { LocalWorkspace, Stack } = await automation();
    const pulumiCommand = await this.pulumi();
    return this.withTemporary(async (directory) => {
      const workspace = await LocalWorkspace.create({
        workDir: this.options.workDir,
        pulumiCommand,
        envVars: this.variables(directory),
        ...(this.options.secretsProvider === undefined ? {} : { secretsProvider: this.options.secretsProvider }),
      });
      // Every command names its stack. Selecting it too would change what the user has selected, and two operations at
      // the same time would write the same file (pulumi/pulumi#8186).
      workspace.selectStack = () => Promise.resolve();
      return work(workspace, (name, place) => Stack.select(name, place));
    });
  }

  private variables(temporary: string): Record<string, string> {
    const { userSettings = true } = this.options;
    const removed = userSettings ? {} : removingUserSettings(process.env);
    // undefined means "not set" to Node.js; the Automation API's type has no word for it
    return { ...removed, ...this.own(temporary) } as Record<string, string>;
  }

  /** Variables that the options say, over those of this process. */
  private own(temporary: string): Record<string, string | undefined> {
    const { env = {}, backend, passphraseFile } = this.options;
    return {
      FIRMAMENT_PROJECT: path.resolve(this.options.workDir),
      // else all operations of a user write charts of one name and version to one file, whatever repository they are from
      PULUMI_K8S_HELM_REPOSITORY_CACHE: path.join(temporary, "charts"),
      ...env,
      ...(backend === undefined ? {} : { PULUMI_BACKEND_URL: backend }),
      ...(passphraseFile === undefined
        ? {}
        : // the engine prefers the passphrase itself, where both are given
          { PULUMI_CONFIG_PASSPHRASE: undefined, PULUMI_CONFIG_PASSPHRASE_FILE: path.resolve(passphraseFile) }),
      TMPDIR: temporary,
    };
  }

  private async cli(args: readonly string[], input?: string): Promise<string> {
    const { userSettings = true, workDir } = this.options;
    return this.withTemporary((directory) => {
      const inherited = userSettings ? process.env : withoutUserSettings(process.env);
      const options = { cwd: workDir, env: { ...inherited, ...this.own(directory) } };
      return runPulumi(this.executable(), args, input === undefined ? options : { ...options, input });
    });
  }

  /** Asked for its version once. */
  private pulumi(): Promise<PulumiCommand> {
    this.command ??= this.cli(["version"]).then((version) => pulumiCommand(this.executable(), version.trim()));
    return this.command;
  }

  private executable(): string {
    const { pulumiRoot } = this.options;
    return pulumiRoot === undefined ? "pulumi" : path.resolve(pulumiRoot, "bin", "pulumi");
  }

  private async withTemporary<T>(work: (directory: string) => Promise<T>): Promise<T> {
    const parent = this.options.temporary ?? os.tmpdir();
    fs.mkdirSync(parent, { recursive: true });
    const directory = fs.mkdtempSync(path.join(parent, "firmament-"));
    try {
      return await work(directory);
    } finally {
      fs.rmSync(directory, { recursive: true, force: true });
    }
  }
}

/** Takes a while to load. */
function automation() {
  loadLate();
  return import("@pulumi/pulumi/automation/index.js");
}
