import * as assert from "node:assert/strict";
import * as path from "node:path";
import { policyConfig } from "../../automation/policy-config";
import { settingsFrom } from "../../policies/pack-config";

const ROOT = path.resolve(__dirname, "..", "..", "..");

describe("the configuration of the rules for the engine", () => {
  const configOf = (cloud: string) => {
    const { firmament } = JSON.parse(policyConfig(ROOT, cloud)) as { firmament: Record<string, unknown> };
    return settingsFrom(firmament);
  };

  it("is what the pack accepts, with the cloud's own file on top of the common one", () => {
    const [common, sandbox] = [configOf("berlin"), configOf("sandbox")];
    assert.equal(sandbox.tier, "development");
    assert.ok(common.exemptions.length > 0);
    assert.ok(sandbox.exemptions.length > common.exemptions.length);
  });
});
