import type { z } from "zod";

type Issue = z.core.$ZodRawIssue;

/**
 * The rule that a value breaks, in the words of this project: "must be a whole number". Schemas whose rule is special
 * bring a message of their own, which counts before this one.
 *
 * @returns undefined where the library's own message has to do.
 */
export function ruleOf(issue: Issue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${TYPES[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `must be ${issue.values.map(String).join(" or ")}`;
    case "too_small":
      return `must ${bound(issue, Number(issue.minimum), issue.inclusive === false ? "more" : "least")}`;
    case "too_big":
      return `must ${bound(issue, Number(issue.maximum), issue.inclusive === false ? "less" : "most")}`;
    case "invalid_format":
      return issue.format === "url" ? "must be a URL" : undefined;
    case "invalid_union":
      return "must have one of the forms that the schema allows";
    default:
      return undefined;
  }
}

const TYPES: Readonly<Partial<Record<string, string>>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a map",
  record: "a map",
  array: "a list",
};

type Side = "least" | "more" | "most" | "less";

function bound({ origin }: { readonly origin: string }, limit: number, side: Side): string {
  const unit = UNITS[origin];
  const comparison = { least: "at least", more: "more than", most: "at most", less: "less than" }[side];
  if (unit === undefined) return `be ${comparison} ${limit}`;
  if (limit === 1 && side === "least") return "not be empty";
  return `have ${comparison} ${limit} ${unit}`;
}

/** What is counted, where it is not the value itself. */
const UNITS: Readonly<Partial<Record<string, string>>> = {
  string: "characters",
  array: "entries",
  set: "entries",
  map: "entries",
};
