import { setTimeout as sleep } from "node:timers/promises";
import { EngineError } from "../engine-error";
import type { Failure } from "../failure/classify";
import { NEEDS_RECOVERY } from "../failure/kinds";
import { removeDeadLock } from "../failure/locks";
import type { Recovery } from "../recover";

/** How long failures are borne that may pass. */
export interface Retries {
  /** Attempts after the first. Default: 2. */
  readonly retries?: number;
  /** Milliseconds before the first of them; each further pause is twice as long, a random half of it left out. Default: 1000. */
  readonly pause?: number;
  /** Milliseconds that no pause exceeds. Default: 30000. */
  readonly longestPause?: number;
}

export interface Attempted<T> {
  readonly value: T;
  readonly attempts: number;
}

export interface AttemptOptions extends Retries {
  readonly signal?: AbortSignal;
  /** Finds out how operations ended that a killed engine had begun; the stack is free. Default: such failures stay. */
  readonly recover?: () => Promise<Recovery>;
  readonly retrying: (failure: Failure, seconds: number) => void;
  readonly recovered: (recovery: Recovery) => void;
  readonly random?: () => number;
}

/** An error with the number of attempts that were made. */
export class AttemptsFailed extends Error {
  constructor(
    override readonly cause: unknown,
    readonly attempts: number,
  ) {
    super(cause instanceof Error ? cause.message : String(cause));
  }
}

/**
 * Tries an operation until it succeeds, fails for good, or was tried often enough. All operations on a stack can be done
 * once more: what they have done already, the next finds in the state.
 *
 * Locks of dead processes are taken away. What was under way when an engine was killed is found out before the next
 * attempt, since not everything can simply be done again.
 *
 * @throws AttemptsFailed
 */
export async function attempt<T>(
  work: (attempt: number) => Promise<T>,
  options: AttemptOptions,
): Promise<Attempted<T>> {
  const { retries = 2, pause = 1000, longestPause = 30_000, random = Math.random } = options;
  let recoveries = 0;
  for (let attempts = 1; ; attempts++) {
    try {
      return { value: await work(attempts), attempts };
    } catch (error) {
      const failure = error instanceof EngineError ? error.failure : undefined;
      if (failure === undefined || options.signal?.aborted === true) throw new AttemptsFailed(error, attempts);
      if (NEEDS_RECOVERY.has(failure.kind) && recoveries < 2 && options.recover !== undefined && attempts <= retries) {
        recoveries++;
        const found = await recovery(failure, options.recover).catch((thrown: unknown) => {
          throw new AttemptsFailed(thrown, attempts);
        });
        if (found === undefined) throw new AttemptsFailed(error, attempts);
        options.retrying(failure, 0);
        if (found !== "later") options.recovered(found);
        continue;
      }
      if (!failure.retryable || attempts > retries) throw new AttemptsFailed(error, attempts);
      const longest = Math.min(pause * 2 ** (attempts - 1), longestPause);
      const chosen = longest * (0.5 + random() / 2);
      options.retrying(failure, chosen / 1000);
      await sleep(chosen, undefined, options.signal === undefined ? {} : { signal: options.signal }).catch(() => {
        throw new AttemptsFailed(error, attempts);
      });
    }
  }
}

/**
 * @returns "later" when the engine was killed just now: the next attempt finds its lock. Nothing when a lock cannot be
 * taken away from here, or a release belongs to somebody else.
 */
async function recovery(
  { kind, locks }: Failure,
  recover: () => Promise<Recovery>,
): Promise<Recovery | "later" | undefined> {
  if (kind === "stale-lock") return locks.every(removeDeadLock) ? recover() : undefined;
  if (kind === "release-name-taken") {
    const found = await recover();
    return found.forgotten.length > 0 ? found : undefined;
  }
  return recover().catch((error: unknown) => {
    // the killed engine's own lock is there still
    if (error instanceof Error && /currently locked/.test(error.message)) return "later";
    throw error;
  });
}
