import * as assert from "node:assert/strict";
import { InvalidInput } from "../../core/problem";
import { completeTenant, parseTenantSettings } from "../parse";
import type { PlatformTerms } from "../settings";
import { tenantArgs } from "../tenant.fixture";

/** What a stack file says below `firmament:tenant`, unchecked. */
export type Raw = Record<string, unknown>;

/** Problems of a tenant's stack file, one a line; none where it is right. */
export function problemsOf(change: Raw, terms: Partial<PlatformTerms> = {}): string[] {
  const { name, platform, ...tenant } = tenantArgs();
  try {
    const settings = parseTenantSettings({ layer: "tenant", tenant: { ...tenant, ...change } });
    completeTenant(settings, name, { ...platform, ...terms }, {});
  } catch (error) {
    assert.ok(error instanceof InvalidInput, String(error));
    return error.message
      .split("\n")
      .slice(1)
      .map((line) => line.trim());
  }
  return [];
}

/** Wrong settings and how the one message about them begins: path, what was given, rule. */
export type Refusals = Readonly<Record<string, readonly [Raw, string]>>;

/** A test for each of them: one message, and only one. */
export function refuses(refusals: Refusals, terms: Partial<PlatformTerms> = {}): void {
  for (const [what, [change, message]] of Object.entries(refusals)) {
    it(`refuse ${what} with one message`, () => {
      const problems = problemsOf(change, terms);
      assert.equal(problems.length, 1, problems.join("\n"));
      assert.ok(problems[0]?.startsWith(message), problems[0]);
      assert.match(problems[0] ?? "", / — .+; .+/, "a message has a rule and what to do");
    });
  }
}
