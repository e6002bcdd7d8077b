import * as assert from "node:assert/strict";
import { CHOICE, JobsProject } from "../../automation/jobs/jobs.fixture";
import { OPERATOR_CHOICE } from "../../automation/jobs/operator.fixture";
import { type OperatorObject, operatorObjects } from "../../automation/jobs/operator";
import { fieldsOf } from "../../components/core/fields";
import { OPERATOR_MODULE } from "../../versions/crd-modules";
import { CrdCatalog } from "../support/crd-conformance";
import { moduleFolder } from "../support/crd-modules";

describe("the manifests for the Pulumi Kubernetes Operator", () => {
  let project: JobsProject;
  let catalog: CrdCatalog;
  let stacks: readonly OperatorObject[];
  before(function () {
    this.timeout(120_000);
    const folder = moduleFolder(OPERATOR_MODULE, "deploy/crds");
    // not every proxy of modules has it
    if (folder === undefined) return this.skip();
    catalog = new CrdCatalog([folder]);
    project = new JobsProject();
    const choice = {
      root: project.root,
      ...CHOICE,
      ...OPERATOR_CHOICE,
      canary: ["tenant.berlin.lab"],
      charts: "/charts",
    };
    stacks = operatorObjects(choice).stacks.map(({ object }) => object);
  });
  after(() => project?.remove());

  it("are what its real definitions take, every field known", () => {
    assert.ok(catalog.kinds.includes("pulumi.com/v1 Stack"));
    assert.equal(stacks.length, 7);
    assert.deepEqual(
      stacks.flatMap((object) => catalog.problems(object)),
      [],
    );
  });

  it("are refused where a field is wrong", () => {
    const [stack] = stacks as [OperatorObject];
    const spec = fieldsOf(stack["spec"]);
    assert.match(
      catalog.problems({ ...stack, spec: { ...spec, policyPacks: [] } }).join(),
      /policyPacks: unknown field/,
    );
    assert.match(catalog.problems({ ...stack, spec: { ...spec, workspaceReclaimPolicy: "Never" } }).join(), /allowed/);
    const { stack: _, ...nameless } = spec;
    assert.match(catalog.problems({ ...stack, spec: nameless }).join(), /required property 'stack'/);
  });
});
