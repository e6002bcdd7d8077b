/** What is done with others before it. */
export interface Ordered {
  readonly name: string;
  readonly after: readonly string[];
}

export interface InOrderOptions<S, T> {
  /** How many are worked on at the same time, 1 or more. */
  readonly concurrency: number;
  /** Must not reject. @returns whether those after it may begin. */
  readonly work: (step: S) => Promise<{ readonly ok: boolean; readonly value: T }>;
  /** What becomes of a step that is not begun; `because` names the one that failed. */
  readonly skip: (step: S, because: string) => T;
  /** Whether nothing more begins after a failure, not only what comes after it. Default: false. */
  readonly stopOnFailure?: boolean;
}

/**
 * Does steps, each after those that it names, several at the same time, in the order in which they are given where
 * nothing else decides.
 *
 * @param steps without circles; names in `after` that are no step are taken as done.
 * @returns what became of each, in the order of `steps`.
 */
export async function inOrder<S extends Ordered, T>(
  steps: readonly S[],
  { concurrency, work, skip, stopOnFailure = false }: InOrderOptions<S, T>,
): Promise<T[]> {
  const results = new Map<string, T>();
  const failed = new Map<string, string>();
  const running = new Map<string, Promise<void>>();
  const waiting = new Set(steps);
  const names = new Set(steps.map(({ name }) => name));
  let first: string | undefined;

  const begin = (step: S) => {
    running.set(
      step.name,
      work(step).then(({ ok, value }) => {
        results.set(step.name, value);
        running.delete(step.name);
        if (ok) return;
        first ??= step.name;
        failed.set(step.name, step.name);
      }),
    );
  };
  const settle = () => {
    for (const step of [...waiting]) {
      const cause = step.after.map((name) => failed.get(name)).find((name) => name !== undefined);
      const because = cause ?? (stopOnFailure ? first : undefined);
      if (because !== undefined) {
        waiting.delete(step);
        failed.set(step.name, because);
        results.set(step.name, skip(step, because));
      } else if (running.size < concurrency && step.after.every((name) => !names.has(name) || results.has(name))) {
        waiting.delete(step);
        begin(step);
      }
    }
  };
  for (settle(); running.size > 0; settle()) await Promise.race(running.values());
  return steps.flatMap(({ name }) => {
    const result = results.get(name);
    return result === undefined ? [] : [result];
  });
}
