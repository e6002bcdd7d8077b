import type { Neighbours, Target } from "./target";

/** Everything in a stack, for the rules that one resource is not enough for. */
export class Stack implements Neighbours {
  private readonly index = new Map<string, Target[]>();

  constructor(
    /** What is evaluated: violations are reported only here. */
    readonly targets: readonly Target[],
    /** What is context only: seen by rules, not evaluated, e.g. the objects of other stacks. */
    readonly context: readonly Target[],
  ) {
    for (const target of [...targets, ...context]) {
      const same = this.index.get(target.key);
      if (same === undefined) this.index.set(target.key, [target]);
      else same.push(target);
    }
  }

  /** Targets of the given kinds that are evaluated: `stack.of("apps/Deployment")`. */
  of(...keys: readonly string[]): Target[] {
    return this.targets.filter(({ key }) => keys.includes(key));
  }

  /** Targets of the given kinds, evaluated ones and those of the context. */
  all(...keys: readonly string[]): Target[] {
    return keys.flatMap((key) => this.index.get(key) ?? []);
  }
}
