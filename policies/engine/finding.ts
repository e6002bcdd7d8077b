import type { Severity } from "./rule";

/** What a rule reports about one value of one resource. */
export interface Finding {
  /** Id of the rule. */
  readonly rule: string;
  /** The value: `spec.template.spec.containers[0].image`. */
  readonly path: string;
  /** What is wrong and what to do about it. */
  readonly message: string;
  readonly severity: Severity;
  /** `undecided` when the rule could not be decided on this value. */
  readonly status: "violation" | "undecided";
  /** Why it is undecided: not known before deployment, of an impossible shape, or the rule itself failed. */
  readonly reason?: "unknown" | "malformed" | "failed";
  readonly urn?: string;
  /** What the value belongs to, for people: `apps/Deployment shop/web`. */
  readonly resource?: string;
}
