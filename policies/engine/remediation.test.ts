import * as assert from "node:assert/strict";
import { evaluate } from "..";
import { exampleOf } from "./example";
import { remediated } from "./remediation";
import type { ResourceRule, Rule } from "./rule";
import { RULES } from "../rules";
import { DEFAULTS } from "./settings";
import { resourcesOf } from "./targets";

const canRemediate = (rule: Rule): rule is ResourceRule => rule.scope === "resource" && rule.remediate !== undefined;

/** Ids of a rule's violations on a resource with these inputs. */
async function violations(rule: Rule, type: string, props: unknown): Promise<number> {
  const findings = await evaluate({ resources: [{ type, name: "web", props }] });
  return findings.filter((finding) => finding.rule === rule.id && finding.status === "violation").length;
}

describe("remediations", () => {
  for (const rule of RULES.filter(canRemediate).filter(({ group }) =>
    ["helm", "tenancy", "talos", "kubevirt"].includes(group),
  )) {
    it(`${rule.id} changes nothing that passes`, () => {
      for (const resource of resourcesOf(exampleOf(rule.docs.pass).resources)) {
        assert.equal(remediated(rule, resource, DEFAULTS), undefined);
      }
    });

    it(`${rule.id} leaves fewer violations than it found, and no more to do`, async () => {
      const [resource] = resourcesOf(exampleOf(rule.docs.fail).resources);
      assert.ok(resource !== undefined);
      const before = await violations(rule, resource.type, resource.props);
      const props = remediated(rule, resource, DEFAULTS);
      // rules that put right only some of what they find (helm-skip-await: the timeout) leave the example alone
      if (props === undefined)
        return assert.equal(rule.id === "helm-skip-await" || rule.id === "kamaji-extra-args", true);
      assert.ok((await violations(rule, resource.type, props)) < before);
      assert.equal(remediated(rule, { ...resource, props }, DEFAULTS), undefined);
    });
  }
});
