import { advice, blocking, undecided, type CheckResult } from "../check/result";

/** One line: what was checked and what came out. */
export function summary(result: CheckResult): string {
  const resources = result.checked.reduce((sum, each) => sum + each.resources, 0);
  const counts = [
    `${blocking(result).length} violations`,
    `${advice(result).length} pieces of advice`,
    `${undecided(result).length} values undecided`,
    ...(result.broken.length > 0 ? [`${result.broken.length} broken`] : []),
  ];
  const seconds = (result.milliseconds / 1000).toFixed(1);
  return `${result.checked.length} checked (${resources} resources) in ${seconds} s: ${counts.join(", ")}`;
}
