import * as assert from "node:assert/strict";
import { talosRules } from ".";
import { UNKNOWN } from "../..";
import { fieldsOf } from "../../../components/core/fields";
import { generatedConfiguration } from "../../engine/library/talos/generated";
import { applyPatch, type Documents } from "../../engine/library/talos/merge";
import { remediated } from "../../engine/remediation";
import type { ResourceRule } from "../../engine/rule";
import { DEFAULTS } from "../../engine/settings";
import { resourcesOf } from "../../engine/targets";
import { secretOf } from "../../engine/unknown";
import { findingsOf } from "../../../test/support/rule-cases";
import { applying, machineWith, without } from "./examples";
import { FAULTS } from "./faults.fixture";

const withRemedy = talosRules.flatMap((rule) =>
  rule.scope === "resource" && rule.remediate !== undefined ? [rule] : [],
);

/** The patches after the remediation of a rule; undefined when it changes nothing. */
function patchesOf(rule: ResourceRule, given: object): string[] | undefined {
  const [resource] = resourcesOf([given]);
  assert.ok(resource !== undefined);
  return remediated(rule, resource, DEFAULTS)?.["configPatches"] as string[] | undefined;
}

/** Applies patches as Talos does, which refuses to delete what is not there. */
function apply(base: readonly object[], patches: readonly string[]): void {
  const documents: Documents = new Map();
  for (const document of [...base, ...patches.map((patch) => JSON.parse(patch) as object)])
    applyPatch(documents, document);
}

const documentsOf = (given: object) =>
  String(fieldsOf(fieldsOf(given)["props"])["machineConfigurationInput"])
    .split("\n---\n")
    .map((text) => JSON.parse(text) as object);

describe("remediations of rules about machine configurations", () => {
  for (const rule of withRemedy) {
    it(`${rule.id}: Talos takes what is added to its example`, () => {
      const patches = patchesOf(rule, rule.docs.fail);
      assert.ok(patches !== undefined && patches.length > 0);
      apply(documentsOf(rule.docs.fail), patches);
    });
  }

  it("are taken on a generated configuration that breaks all of the rules", () => {
    const base = generatedConfiguration("controlplane");
    const given = applying({
      machineConfigurationInput: JSON.stringify(base),
      configPatches: [JSON.stringify(FAULTS)],
    });
    for (const rule of withRemedy) {
      const patches = patchesOf(rule, given);
      assert.ok(patches !== undefined && patches.length > 1, rule.id);
      apply([base], patches);
    }
  });

  it("delete what a known patch sets on a configuration that is not known", () => {
    const fault = JSON.stringify({ cluster: { scheduler: { extraArgs: { profiling: "true" } } } });
    const given = applying({ machineConfigurationInput: UNKNOWN, configPatches: [fault] });
    const rule = withRemedy.find(({ id }) => id === "talos-profiling");
    assert.ok(rule !== undefined);
    const patch = JSON.stringify({ cluster: { scheduler: { extraArgs: { profiling: without } } } });
    assert.deepEqual(patchesOf(rule, given), [fault, patch]);
  });

  it("read a configuration that is a secret", () => {
    const text = JSON.stringify({ cluster: { scheduler: { extraArgs: { profiling: "true" } } } });
    const rule = withRemedy.find(({ id }) => id === "talos-profiling");
    assert.ok(rule !== undefined);
    assert.equal(patchesOf(rule, applying({ machineConfigurationInput: secretOf(text) }))?.length, 1);
  });
});

describe("a patch that Talos refuses", () => {
  it("leaves no rule about the machine passing", async () => {
    const [base] = [machineWith()].map((each) => fieldsOf(fieldsOf(each)["props"])["machineConfigurationInput"]);
    const patch = JSON.stringify({ machine: { sysctls: { "vm.swappiness": without } } });
    const found = async (props: object) =>
      (await findingsOf("talos-rbac", applying(props))).map(({ reason }) => reason);
    assert.deepEqual(await found({ machineConfigurationInput: base }), []);
    assert.deepEqual(await found({ machineConfigurationInput: base, configPatches: [patch] }), ["malformed"]);
    // what is deleted may be in what is not known: that decides, not the patch
    assert.deepEqual(await found({ machineConfigurationInput: UNKNOWN, configPatches: [patch] }), ["unknown"]);
  });

  it("does so for every reason, and likewise one of which it is not known what Talos makes", async () => {
    const base = fieldsOf(fieldsOf(machineWith())["props"])["machineConfigurationInput"];
    const endpoint = JSON.stringify({ cluster: { controlPlane: { endpoint: "//192.0.2.10:6443" } } });
    const misspelt = JSON.stringify({ machine: { featuers: { rbac: true } } });
    const operations = JSON.stringify([{ op: "add", path: "/machine/features/rbac", value: true }]);
    // a document of Talos 1.14, which the provider's library does not know
    const newer = JSON.stringify({ apiVersion: "v1alpha1", kind: "SecurityProfileConfig", workloadIsolation: false });
    for (const patch of [endpoint, misspelt, operations, newer]) {
      const found = await findingsOf(
        "talos-rbac",
        applying({ machineConfigurationInput: base, configPatches: [patch] }),
      );
      assert.deepEqual(
        found.map(({ reason }) => reason),
        ["malformed"],
        patch,
      );
    }
  });
});
