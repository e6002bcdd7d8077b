import type { StackResult } from "../engine-options";
import type { Failure } from "../failure/classify";

export type Operation = "preview" | "up" | "refresh" | "destroy";

/** What became of a stack in an operation. */
export type StackOutcome =
  | { readonly status: "done"; readonly stack: string; readonly attempts: number; readonly result: StackResult }
  | {
      readonly status: "failed";
      readonly stack: string;
      readonly attempts: number;
      readonly failure: Failure;
      /** The whole message, and the error itself for those who throw it on. */
      readonly message: string;
      readonly error: Error;
    }
  /** Not begun, since this stack failed. */
  | { readonly status: "skipped"; readonly stack: string; readonly because: string };

/** What became of an operation: every selected stack, in the order of their layers. */
export interface FleetResult {
  readonly operation: Operation;
  /** Whether all came to their end. */
  readonly ok: boolean;
  readonly stacks: readonly StackOutcome[];
  readonly seconds: number;
}

/** The results of an operation that must have come to its end. @throws the error of the first stack that did not. */
export function resultsOf({ stacks }: FleetResult): StackResult[] {
  for (const outcome of stacks) if (outcome.status === "failed") throw outcome.error;
  return stacks.flatMap((outcome) => (outcome.status === "done" ? [outcome.result] : []));
}
