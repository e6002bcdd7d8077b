/** What a kind of failure means to the caller. */
interface Meaning {
  /** What happened. */
  readonly meaning: string;
  /** Whether the same call may succeed later without anybody's doing. */
  readonly retryable: boolean;
  /** What to do; `{stack}` is the stack's name. */
  readonly advice: string;
}

/** Every way in which an operation on a stack can fail. The set is closed: what is not known better is `program`. */
export const FAILURES = {
  locked: {
    meaning: "another operation works on the stack, or whether its process lives cannot be known from here",
    retryable: true,
    advice: "wait for it; if it was killed on its machine, run `firmament recover --stack {stack}`",
  },
  "stale-lock": {
    meaning: "the process that locked the stack was on this machine and does not live any more",
    retryable: true,
    advice: "run `firmament recover --stack {stack}`, which frees it and finds out what was under way",
  },
  policy: {
    meaning: "a mandatory policy refused a resource, or the policy pack does not run",
    retryable: false,
    advice: "correct the settings, see `firmament explain <rule>`",
  },
  settings: {
    meaning: "the stack file, the passphrase or what a lower stack publishes cannot be used",
    retryable: false,
    advice: "correct what the message names; `firmament check --stack {stack}` looks at it offline",
  },
  program: {
    meaning: "the program or the Pulumi CLI failed, for a reason that no other kind describes",
    retryable: false,
    advice: "see the message; where it is no fault of the settings, report it",
  },
  "provider-transient": {
    meaning: "a provider or what it talks to did not answer, or not in time",
    retryable: true,
    advice: "see whether machines and API servers answer, then run it again",
  },
  "provider-permanent": {
    meaning: "a provider refused a resource, and would again",
    retryable: false,
    advice: "correct the settings that the resource is made from, or the object in its way",
  },
  protected: {
    meaning: "a resource would be deleted that is protected",
    retryable: false,
    advice: "keep it, or take the protection away: `pulumi state unprotect <urn> --stack {stack}`",
  },
  interrupted: {
    meaning: "the engine was killed, in this operation or an earlier one, and operations have no known end",
    retryable: true,
    advice: "run `firmament recover --stack {stack}`, then run it again",
  },
  "release-name-taken": {
    meaning: "Helm has a release of this name which the state does not know of",
    retryable: false,
    advice: "run `firmament recover --stack {stack}`; if it forgets nothing, the release belongs to somebody else",
  },
  "state-integrity": {
    meaning: "the stack's state is damaged: the engine refuses to use it",
    retryable: false,
    advice:
      "put the last good state back: the backend keeps `{stack}.json.bak` and backups; then `pulumi stack import --stack {stack}`",
  },
  cancelled: {
    meaning: "the caller's signal stopped it; the engine has finished what was under way and written its state",
    retryable: false,
    advice: "run it again to go on",
  },
  "engine-version": {
    meaning: "the Pulumi CLI or a plugin is missing, too old, or older than what wrote the state",
    retryable: false,
    advice: "install the version that the message asks for",
  },
  missing: {
    meaning: "there is no such stack in the backend",
    retryable: false,
    advice: "run `firmament up {stack}`, which makes it, or see whether the backend is the right one",
  },
  backend: {
    meaning: "the backend cannot be reached, or not be written",
    retryable: false,
    advice: "see to its address, login, rights and free space, then run `firmament recover --stack {stack}`",
  },
} as const satisfies Record<string, Meaning>;

export type FailureKind = keyof typeof FAILURES;

/** Failures after which it must be found out how operations ended, before the next attempt. */
export const NEEDS_RECOVERY: ReadonlySet<FailureKind> = new Set(["stale-lock", "interrupted", "release-name-taken"]);
