import { evaluate, exampleOf, type Config, type Finding } from "../../policies";
import * as assert from "node:assert/strict";

/** `pass`, `violation`, `undecided`, or a violation at a value whose path ends so. */
export type Expected = "pass" | "violation" | "undecided" | RegExp;

/** What a rule finds in an example. */
export async function findingsOf(rule: string, given: object): Promise<Finding[]> {
  const { config, ...rest } = exampleOf(given);
  const findings = await evaluate({ ...rest, ...(config === undefined ? {} : { config: config as Config }) });
  return findings.filter((finding) => finding.rule === rule);
}

/** One test per row: `[rule, what it shows, example, what the rule says]`. */
export function itJudges(
  rows: readonly (readonly [rule: string, title: string, given: object, expected: Expected])[],
): void {
  for (const [rule, title, given, expected] of rows) {
    it(`${rule}: ${title}`, async () => {
      const findings = await findingsOf(rule, given);
      const shown = findings.map(({ status, path, message }) => `${status} ${path}: ${message}`).join("\n");
      if (expected === "pass") assert.equal(shown, "");
      else if (expected === "violation" || expected === "undecided") {
        assert.ok(
          findings.some(({ status }) => status === expected),
          shown === "" ? "nothing is found" : shown,
        );
      } else {
        const paths = findings.filter(({ status }) => status === "violation").map(({ path }) => path);
        assert.ok(
          paths.some((path) => expected.test(path)),
          shown === "" ? "nothing is found" : shown,
        );
      }
    });
  }
}
