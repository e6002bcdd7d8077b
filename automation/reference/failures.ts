import { FAILURES } from "../failure/kinds";
import { code, page, table } from "./markdown";

/** Every kind of failure of an operation on a stack. */
export function failuresPage(): string {
  return page(
    "Failures",
    "Every operation on a stack that fails does so in one of these ways (`failure.kind`). What is retryable is tried again by " +
      "itself, as often as `retries` says; [automation](../automation.md) has how.",
    table(
      ["kind", "what happened", "retryable", "what to do"],
      Object.entries(FAILURES).map(([kind, { meaning, retryable, advice }]) => [
        code(kind),
        meaning,
        retryable ? "yes" : "",
        advice,
      ]),
    ),
  );
}
