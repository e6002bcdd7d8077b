import { InvalidInput } from "../components/core/problem";
import type { Summary } from "./engine-events";

/**
 * Why an operation on a stack did not come to its end:
 * - `locked`: another operation works on the stack, or one was killed and left its lock
 * - `missing`: there is no such stack
 * - `policy`: a mandatory policy refused a resource
 * - `interrupted`: the caller's signal stopped it; the engine finished what was under way
 * - `failed`: the program, a provider or the CLI itself failed
 */
export type FailureReason = "locked" | "missing" | "policy" | "interrupted" | "failed";

/** An operation of the engine on a stack that failed. */
export class EngineError extends Error {
  override readonly name = "EngineError";

  constructor(
    readonly stackName: string,
    readonly operation: string,
    readonly reason: FailureReason,
    details: string,
  ) {
    super(`${stackName}: ${headline(operation, reason)}${details === "" ? "" : `\n${details}`}`);
  }
}

function headline(operation: string, reason: FailureReason): string {
  switch (reason) {
    case "locked":
      return `${operation} — the stack is locked by another operation; wait for it, or free the stack if that one was killed`;
    case "missing":
      return `${operation} — there is no such stack; create it first`;
    case "interrupted":
      return `${operation} was interrupted; the engine has written its state, run it again to go on`;
    case "policy":
    case "failed":
      return `${operation} failed`;
  }
}

/**
 * Classifies what the Automation API threw; what a user can correct is passed on as it is.
 *
 * @param thrown its name says what it is: its classes are not loaded for that.
 * @param output what the CLI wrote, for failures of which the engine reported nothing.
 */
export function engineError(
  { stack, operation }: { readonly stack: string; readonly operation: string },
  thrown: unknown,
  { errors, refusedByPolicy }: Pick<Summary, "errors" | "refusedByPolicy">,
  { output, aborted }: { readonly output: string; readonly aborted: boolean },
): EngineError | InvalidInput {
  if (thrown instanceof InvalidInput) return thrown;
  const name = thrown instanceof Error ? thrown.name : "";
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const details = errors.length > 0 ? errors.join("\n") : output.trim() || message;
  const reason = reasonOf(name, aborted, refusedByPolicy);
  return new EngineError(stack, operation, reason, details);
}

function reasonOf(name: string, aborted: boolean, refusedByPolicy: boolean): FailureReason {
  if (name === "ConcurrentUpdateError") return "locked";
  if (name === "StackNotFoundError") return "missing";
  if (aborted) return "interrupted";
  return refusedByPolicy ? "policy" : "failed";
}
