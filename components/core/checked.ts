import type { z } from "zod";
import { InvalidInput, type Problem } from "./problem";
import { ruleOf } from "./schema-messages";

const LONGEST = 80;

/** What the message says beside the problems themselves. */
export interface Described {
  /** What is read: "settings of stack base.prod". */
  readonly what: string;
  /** What to do about a wrong value: "correct it in the stack file". */
  readonly fix: string;
}

/**
 * Checks `raw` against a schema.
 *
 * @throws InvalidInput with every problem at once, each with its path, what was given and what to do.
 */
export function checked<S extends z.ZodType>(schema: S, raw: unknown, { what, fix }: Described): z.output<S> {
  // configuration is read once: compiling a parser for it, as the library does otherwise, takes longer than reading it
  const parsed = schema.safeParse(raw, { reportInput: true, error: ruleOf, jitless: true });
  if (parsed.success) return parsed.data;
  throw new InvalidInput(
    what,
    parsed.error.issues.flatMap((issue) => problemsOf(issue, fix)),
  );
}

function problemsOf(issue: z.core.$ZodIssue, fix: string): Problem[] {
  const where = issue.path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      where: where === "" ? key : `${where}.${key}`,
      given: "unknown key",
      rule: "only keys of the schema are read",
      fix: "remove it or correct its spelling",
    }));
  }
  // the rule that a key breaks is one level down
  if (issue.code === "invalid_key") {
    return issue.issues.map(({ message }) => ({ where, given: String(issue.path.at(-1)), rule: message, fix }));
  }
  const given = issue.input === undefined ? "missing" : abbreviated(issue.input);
  return [{ where: where === "" ? "(top)" : where, given, rule: issue.message, fix }];
}

/** A value, without what a URL has before its host: messages are read by more people than stack files. */
function abbreviated(value: unknown): string {
  const text = (JSON.stringify(value) ?? String(value)).replace(/\/\/[^/@\s"]+@/g, "//…@");
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 3)}...`;
}
