import { InvalidInput, type Problem } from "../../components/core/problem";

/** What is wrong with what a command was given, collected so that all of it is said at once. */
export class Problems {
  private readonly found: Problem[] = [];

  /** What `work` returns; undefined when it finds something wrong. */
  from<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      this.found.push(...error.problems);
      return undefined;
    }
  }

  add(where: string, given: string, rule: string, fix: string): void {
    this.found.push({ where, given, rule, fix });
  }

  /** @throws InvalidInput when anything was found. */
  refuse(what: string): void {
    if (this.found.length > 0) throw new InvalidInput(what, this.found);
  }
}
