import * as assert from "node:assert/strict";
import { evaluate, type Config } from "..";
import { exampleOf } from "../engine/example";

/** What a rule must say of resources: nothing, that they break it, or that it cannot be decided yet. */
export interface Cases {
  readonly passes?: Readonly<Record<string, object>>;
  readonly breaks?: Readonly<Record<string, object>>;
  readonly undecided?: Readonly<Record<string, object>>;
}

/** `path: message` of a rule's findings of one status. */
export async function found(rule: string, given: object, status: "violation" | "undecided"): Promise<string[]> {
  const { config, ...rest } = exampleOf(given);
  const findings = await evaluate({ ...rest, ...(config === undefined ? {} : { config: config as Config }) });
  return findings
    .filter((finding) => finding.rule === rule && finding.status === status)
    .map(({ path, message }) => `${path}: ${message}`);
}

/** One test for each case of each rule, named by what the case is. */
export function describeRules(group: string, rules: Readonly<Record<string, Cases>>): void {
  describe(group, () => {
    for (const [rule, { passes = {}, breaks = {}, undecided = {} }] of Object.entries(rules)) {
      describe(rule, () => {
        for (const [what, given] of Object.entries(passes)) {
          it(`passes ${what}`, async () => assert.deepEqual(await found(rule, given, "violation"), []));
        }
        for (const [what, given] of Object.entries(breaks)) {
          it(`is broken by ${what}`, async () => assert.notDeepEqual(await found(rule, given, "violation"), []));
        }
        for (const [what, given] of Object.entries(undecided)) {
          it(`is undecided on ${what}`, async () => {
            assert.deepEqual(await found(rule, given, "violation"), []);
            assert.notDeepEqual(await found(rule, given, "undecided"), []);
          });
        }
      });
    }
  });
}
