import type { EngineEvent, PulumiFn } from "@pulumi/pulumi/automation";
import type { Summary } from "./engine-events";

export interface EngineOptions {
  /** Directory of Pulumi.yaml. */
  readonly workDir: string;
  /** Directory whose bin/pulumi is run. Default: pulumi on PATH. */
  readonly pulumiRoot?: string;
  /** Variables of the engine (backend, passphrase, home), merged over those of this process. Default: none. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where states are, as `pulumi login` takes it: file:///…, s3://…, https://…. Default: where the user is logged in. */
  readonly backend?: string;
  /** What encrypts secrets of stacks that are created: passphrase, awskms://…. Default: the backend's. */
  readonly secretsProvider?: string;
  /** File with the passphrase, for that provider. Default: what the environment says. */
  readonly passphraseFile?: string;
  /**
   * Whether the engine gets the user's PULUMI_*, KUBECONFIG and NODE_OPTIONS of this process. A cloud that brings its
   * own backend and home says no. Default: true.
   */
  readonly userSettings?: boolean;
  /** When it is aborted the engine finishes what is under way, writes its state and ends. Default: never. */
  readonly signal?: AbortSignal;
  /**
   * Each operation gets a directory below this one for the temporary files of the engine and its plugins, which leave
   * some (the Kubernetes provider a kubeconfig per start); it is removed afterwards. Default: the system's.
   */
  readonly temporary?: string;
  /** Where output and events of the last operation of each kind on each stack are kept. Default: nowhere. */
  readonly logs?: string;
}

/** A policy pack to run with, and the file with its configuration. */
export interface Policies {
  readonly pack: string;
  readonly config?: string;
}

/** What every operation takes. */
export interface CallOptions {
  /** URNs; only these. Default: every resource. */
  readonly target?: readonly string[];
  /** When it is aborted this operation ends, as with that of the engine. Default: never. */
  readonly signal?: AbortSignal;
  /** Told of everything that the engine reports. Must not throw. Default: nobody. */
  readonly onEvent?: (event: EngineEvent) => void;
  /** Resources that are worked on at the same time. Default: the engine's, four for each processor. */
  readonly parallel?: number;
  /**
   * Run in this process instead of the project's program. Programs of this process share what a process has: an error that
   * nobody waits for in one of them fails those that run beside it, which may then be tried again. The project's own runs in
   * a process for each stack.
   */
  readonly program?: PulumiFn;
}

export interface OperationOptions extends CallOptions {
  /** Default: those that the backend enforces, if any. */
  readonly policies?: Policies;
  /** Whether a deployment goes on after a failure with what does not need what failed. Default: false. */
  readonly continueOnError?: boolean;
}

/** Changes of one operation, counted by what the engine did; of a preview, by what it would do. */
export interface StackResult extends Summary {
  readonly name: string;
  readonly seconds: number;
}
