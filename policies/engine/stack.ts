import type { Subject } from "./target";

/** Everything in a stack, for the rules that one resource is not enough for. */
export class Stack {
  private readonly index = new Map<string, Subject[]>();

  constructor(
    /** What is judged: violations are reported only here. */
    readonly subjects: readonly Subject[],
    /** What is looked at but not judged, e.g. the objects of other stacks. */
    readonly context: readonly Subject[],
  ) {
    for (const subject of [...subjects, ...context]) {
      const same = this.index.get(subject.key);
      if (same === undefined) this.index.set(subject.key, [subject]);
      else same.push(subject);
    }
  }

  /** Subjects of the given kinds that are judged: `stack.of("apps/Deployment")`. */
  of(...keys: readonly string[]): Subject[] {
    return this.subjects.filter(({ key }) => keys.includes(key));
  }

  /** Subjects of the given kinds, judged ones and those of the context. */
  all(...keys: readonly string[]): Subject[] {
    return keys.flatMap((key) => this.index.get(key) ?? []);
  }
}
