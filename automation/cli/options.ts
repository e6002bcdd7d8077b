import { InvalidArgumentError } from "commander";

/* What options of several commands have in common. */

export const JSON_OPTION = ["--json", "one JSON document"] as const;

export function nonEmpty(value: string): string {
  if (value === "") throw new InvalidArgumentError("must name a file");
  return value;
}
