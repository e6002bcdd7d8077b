import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { fieldsOf } from "../../components/core/fields";
import { readManifests } from "../../components/core/manifest-text";
import { objectNameOf, operatorFiles, operatorObjects } from "./operator";
import { CHOICE, JobsProject } from "./jobs.fixture";
import { OPERATOR_CHOICE } from "./operator.fixture";

describe("the manifests for the operator", () => {
  let project: JobsProject;
  beforeEach(() => (project = new JobsProject()));
  afterEach(() => project.remove());
  const choice = (more: object = {}) => ({ root: project.root, ...CHOICE, ...OPERATOR_CHOICE, ...more });

  it("are a Stack for each stack, after those before it", () => {
    const { stacks } = operatorObjects(choice({ canary: ["tenant.berlin.lab"] }));
    const after = stacks.map(({ object }): [string, string[]] => {
      const { stack, prerequisites } = fieldsOf(object["spec"]);
      return [String(stack as string), (prerequisites as { name: string }[]).map(({ name }) => name)];
    });
    assert.deepEqual(Object.fromEntries(after), {
      "base.berlin": [],
      "base.paris": [],
      "platform.berlin": ["base-berlin"],
      "platform.paris": ["base-paris"],
      "tenant.berlin.acme": ["base-berlin", "platform-berlin", "tenant-berlin-lab"],
      "tenant.berlin.lab": ["base-berlin", "platform-berlin"],
      "tenant.berlin.zeta": ["base-berlin", "platform-berlin", "tenant-berlin-lab"],
    });
    const names = new Set(stacks.map(({ object }) => object.metadata.name));
    for (const [, names_] of after) for (const name of names_) assert.ok(names.has(name), name);
  });

  it("hold secrets by reference alone, run the rules, and delete no cloud with a manifest", () => {
    for (const { cloud, object } of operatorObjects(choice()).stacks) {
      const spec = fieldsOf(object["spec"]);
      assert.deepEqual(fieldsOf(spec["envRefs"])["PULUMI_CONFIG_PASSPHRASE"], {
        type: "Secret",
        secret: { name: "firmament", key: "PULUMI_CONFIG_PASSPHRASE" },
      });
      assert.deepEqual(fieldsOf(spec["envRefs"])["PULUMI_OPTION_POLICY_PACK"], {
        type: "Literal",
        literal: { value: "/project/policies" },
      });
      assert.equal(spec["destroyOnFinalize"], false);
      const text = JSON.stringify(spec);
      assert.match(text, new RegExp(`"policy-config","${cloud}"`));
      assert.equal(text.includes('"--helm"'), spec["stack"] !== `base.${cloud}`);
    }
  });

  it("are files that can be read again, one for each cloud", () => {
    const files = operatorFiles(choice());
    assert.deepEqual(Object.keys(files), ["common.yaml", "stacks-berlin.yaml", "stacks-paris.yaml"]);
    assert.equal(readManifests(files["stacks-berlin.yaml"] ?? "").length, 5);
  });

  it("have names that Services can have, no two the same", () => {
    assert.equal(objectNameOf("tenant.berlin.acme--prod"), "tenant-berlin-acme--prod");
    assert.notEqual(objectNameOf("tenant.a-b.c"), objectNameOf("tenant.a.b-c"));
    const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/);
    const stack = fc.oneof(
      label.map((cloud) => `base.${cloud}`),
      fc.tuple(label, label).map(([cloud, tenant]) => `tenant.${cloud}.${tenant}`),
    );
    fc.assert(
      fc.property(stack, stack, (one, other) => {
        assert.match(objectNameOf(one), /^[a-z]([-a-z0-9]{0,40}[a-z0-9])$/);
        assert.equal(objectNameOf(one) === objectNameOf(other), one === other);
      }),
    );
  });

  it("are refused with all that is wrong, in one message", () => {
    const wrong = { image: "clouds:latest", directory: "project", namespace: "A", memory: "2", backend: "x" };
    assert.throws(
      () => operatorObjects(choice(wrong)),
      /the jobs cannot be used:\n {2}--image: clouds:latest — .*\n {2}--directory: project — .*\n {2}--namespace: A — .*\n {2}--memory: 2 — .*\n {2}--backend: x — /,
    );
  });
});
