import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { DEFAULTS } from "../../engine/settings";
import { Evaluator } from "../../engine/evaluator";
import { readResource } from "../../engine/resource";
import { podSecurityRules } from "./pss";
import { KINDS, pods } from "./pss-generator.fixture";
import { broken, CONTROLS, type Level, type Pod } from "./pss-oracle.fixture";

const NEWEST = 37;

function found(manifest: object, level: Level, minor: number): string[] {
  const evaluator = new Evaluator(podSecurityRules, { ...DEFAULTS, profile: level, policyVersion: minor });
  const resource = readResource(manifest);
  assert.ok(resource !== undefined);
  const findings = evaluator.resource(resource);
  for (const { status, reason } of findings) assert.equal(status, "violation", reason);
  return [...new Set(findings.map(({ rule }) => rule))].sort();
}

const agreeOn = (pod: Pod, kind: (pod: Pod) => object, level: Level, minor: number) =>
  assert.deepEqual(found(kind(pod), level, minor), broken(pod, level, minor).sort());

describe("the Pod Security Standards", () => {
  it("are all there", () => {
    assert.deepEqual(podSecurityRules.map(({ id }) => id).sort(), CONTROLS.map(({ rule }) => rule).sort());
  });

  it("are evaluated as they are written: any pod, any kind, any version, both levels", () => {
    fc.assert(
      fc.property(
        pods,
        fc.constantFrom(...KINDS),
        fc.constantFrom<Level>("baseline", "restricted"),
        fc.integer({ min: 0, max: NEWEST }),
        agreeOn,
      ),
      { numRuns: 2000 },
    );
  }).timeout(60_000);

  it("are evaluated as they are written for each version in turn", () => {
    const [first] = KINDS;
    assert.ok(first !== undefined);
    for (const pod of fc.sample(pods, { numRuns: 25, seed: 1 })) {
      for (let minor = 0; minor <= NEWEST; minor++) {
        for (const level of ["baseline", "restricted"] as const) agreeOn(pod, first, level, minor);
      }
    }
  });

  it("are met by some of what is generated and each broken by some, so that agreement means something", () => {
    const sample = fc.sample(pods, { numRuns: 3000, seed: 7 });
    const verdicts = sample.map((pod) => broken(pod, "restricted", NEWEST));
    const passed = verdicts.filter((rules) => rules.length === 0).length;
    assert.ok(passed > 20, `${passed} of ${sample.length} pods pass`);
    for (const { rule } of CONTROLS) {
      const times = verdicts.filter((rules) => rules.includes(rule)).length;
      assert.ok(times > 10, `${rule} is broken ${times} times`);
    }
  });
});
