import { EXIT } from "./exit";
import type { RenderRecord } from "../../policies";
import type { EvaluatedFinding } from "./evaluation";

/** A program that did not come to its end, or an input that could not be read. */
export interface Broken {
  readonly source: string;
  readonly message: string;
}

export interface CheckResult {
  /** What was checked: stacks or files, each with the number of its resources. */
  readonly checked: readonly { readonly source: string; readonly resources: number }[];
  readonly findings: readonly EvaluatedFinding[];
  readonly broken: readonly Broken[];
  /** Said once, below everything else. */
  readonly notes: readonly string[];
  /** Helm releases that were rendered, by `<namespace>/<name>`, for rule helm-rendered in the engine. */
  readonly renders?: Readonly<Record<string, RenderRecord>>;
  readonly milliseconds: number;
}

/** Violations that block. */
export function blocking({ findings }: CheckResult): EvaluatedFinding[] {
  return findings.filter(({ status, level }) => status === "violation" && level !== "advisory" && level !== "disabled");
}

export function advice({ findings }: CheckResult): EvaluatedFinding[] {
  return findings.filter(({ status, level }) => status === "violation" && level === "advisory");
}

/** Values that are not known before deployment; each is counted once, by the rule that sums them up. */
export function undecided({ findings }: CheckResult): EvaluatedFinding[] {
  return findings.filter(
    ({ status, rule, reason }) => status === "undecided" && (reason !== "unknown" || rule === "pulumi-unknown"),
  );
}

export function exitCode(result: CheckResult): number {
  if (result.findings.some(({ reason }) => reason === "failed")) return EXIT.internal;
  if (result.broken.length > 0) return EXIT.broken;
  return blocking(result).length > 0 ? EXIT.violation : EXIT.pass;
}
