import { InvalidInput } from "../components/core/problem";
import type { Failure } from "./failure/classify";
import type { FailureKind } from "./failure/kinds";

/** An operation of the engine on a stack that failed. */
export class EngineError extends Error {
  override readonly name = "EngineError";

  constructor(
    readonly stackName: string,
    readonly operation: string,
    /** Which of the known ways it failed in, whether it may be tried again, and what to do. */
    readonly failure: Failure,
    private readonly details: string,
  ) {
    super(`${stackName}: ${headline(operation, failure)}${details === "" ? "" : `\n${details}`}\n→ ${failure.advice}`);
  }

  /** The same with more to know, a line each. */
  with(lines: readonly string[]): EngineError {
    if (lines.length === 0) return this;
    const details = [this.details, ...lines].filter((each) => each !== "").join("\n");
    return new EngineError(this.stackName, this.operation, this.failure, details);
  }
}

const HEADLINES: Partial<Record<FailureKind, string>> = {
  locked: "the stack is locked by another operation",
  "stale-lock": "the stack is locked by an operation that was killed",
  missing: "there is no such stack",
  cancelled: "interrupted; the engine has written its state",
  interrupted: "the engine was killed, and operations have no known end",
};

function headline(operation: string, { kind }: Failure): string {
  const known = HEADLINES[kind];
  return known === undefined ? `${operation} failed (${kind})` : `${operation} — ${known}`;
}

/** What a user can correct is thrown as it is. */
export function thrownAs(
  { stack, operation }: { readonly stack: string; readonly operation: string },
  thrown: unknown,
  failure: Failure,
  { errors, output }: { readonly errors: readonly string[]; readonly output: string },
): EngineError | InvalidInput {
  if (thrown instanceof InvalidInput) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const details = errors.length > 0 ? errors.join("\n") : output.trim() || message;
  return new EngineError(stack, operation, failure, details);
}
