import * as assert from "node:assert/strict";
import { evaluate, type Config } from "..";
import { exampleOf } from "../engine/example";
import { RULES } from ".";
import type { Rule } from "../engine/rule";

async function statuses(rule: Rule, given: object): Promise<string[]> {
  const { config, ...rest } = exampleOf(given);
  const findings = await evaluate({ ...rest, ...(config === undefined ? {} : { config: config as Config }) });
  return findings.filter((finding) => finding.rule === rule.id).map(({ status }) => status);
}

describe("the examples of every rule", () => {
  for (const rule of RULES) {
    it(`${rule.id}: the good one passes, the bad one does not`, async () => {
      assert.deepEqual(await statuses(rule, rule.docs.pass), []);
      const bad = await statuses(rule, rule.docs.fail);
      const wanted = rule.id === "pulumi-unknown" ? "undecided" : "violation";
      assert.ok(bad.includes(wanted), `the bad example has ${bad.length} findings of ${rule.id}: ${bad.join(", ")}`);
    });
  }

  it("are of rules with different ids", () => {
    assert.equal(new Set(RULES.map(({ id }) => id)).size, RULES.length);
  });
});
