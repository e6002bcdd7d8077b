import * as assert from "node:assert/strict";
import { evaluate, type Config } from "..";
import { deployment, IMAGE, object } from "./library/examples";
import { exampleOf } from "./example";
import { parseSettings } from "./parse-settings";
import { remediated } from "./remediation";
import type { Example, ResourceRule, Rule } from "./rule";
import { RULES } from "../rules";
import { release } from "../rules/helm/examples";
import { kamajiControlPlane } from "../rules/tenancy/examples";
import { resourcesOf } from "./targets";

const canRemediate = (rule: Rule): rule is ResourceRule => rule.scope === "resource" && rule.remediate !== undefined;

/** Rules that remediate only some of what they find, with an example of that: the rest needs somebody's decision. */
const PARTIAL: Readonly<Record<string, Example>> = {
  "helm-skip-await": { resources: [release({ timeout: 5 })] },
  "image-registry": {
    resources: [deployment({ containers: [{ name: "web", image: IMAGE.replace("registry.example", "docker.io") }] })],
    config: { registries: ["registry.example"] },
    params: { "image-registry": { mirrors: { "docker.io": "registry.example" } } },
  },
  "kamaji-extra-args": { resources: [kamajiControlPlane({ scheduler: { extraArgs: ["--profiling=true"] } })] },
  "svc-node-port": {
    resources: [object("v1", "Service", { spec: { type: "LoadBalancer", ports: [{ port: 443 }] } })],
  },
};

const configOf = ({ config, params }: Example): Config => ({ ...config, ...(params === undefined ? {} : { params }) });

/** How many violations of a rule there are. */
async function violations(rule: Rule, { type, props }: { type: string; props: unknown }, config: Config) {
  const findings = await evaluate({ resources: [{ type, name: "web", props }], config });
  return findings.filter((finding) => finding.rule === rule.id && finding.status === "violation").length;
}

describe("remediations", () => {
  for (const rule of RULES.filter(canRemediate)) {
    it(`${rule.id} changes nothing that passes`, () => {
      const example = exampleOf(rule.docs.pass);
      const settings = parseSettings(configOf(example), RULES);
      for (const resource of resourcesOf(example.resources)) {
        assert.equal(remediated(rule, resource, settings), undefined);
      }
    });

    it(`${rule.id} leaves fewer violations than it found, and no more to do`, async () => {
      const example = PARTIAL[rule.id] ?? exampleOf(rule.docs.fail);
      const config = configOf(example);
      const settings = parseSettings(config, RULES);
      const [resource] = resourcesOf(example.resources);
      assert.ok(resource !== undefined);
      const props = remediated(rule, resource, settings);
      assert.ok(props !== undefined);
      const after = { ...resource, props };
      assert.ok((await violations(rule, after, config)) < (await violations(rule, resource, config)));
      assert.equal(remediated(rule, after, settings), undefined);
    });
  }

  for (const id of Object.keys(PARTIAL)) {
    it(`${id} leaves alone what only a person can decide`, () => {
      const rule = RULES.filter(canRemediate).find((each) => each.id === id);
      assert.ok(rule !== undefined);
      const example = exampleOf(rule.docs.fail);
      for (const resource of resourcesOf(example.resources)) {
        assert.equal(remediated(rule, resource, parseSettings(configOf(example), RULES)), undefined);
      }
    });
  }
});
