import * as assert from "node:assert/strict";
import { summarize } from "./engine-events";

const urn = "urn:pulumi:platform.sandbox::firmament::kubernetes:core/v1:Namespace::metallb";

describe("the summary of a deployment", () => {
  it("counts changes and the resources that are there afterwards", () => {
    const { changes, resources } = summarize([
      { summaryEvent: { resourceChanges: { create: 2, same: 3, delete: 1, replace: 1 } } },
    ]);
    assert.deepEqual(changes, { create: 2, update: 0, replace: 1, delete: 1, same: 3 });
    assert.equal(resources, 6);
  });

  it("names the resource of every error, once, and drops the engine's colours", () => {
    const diagnosticEvent = { severity: "error", message: "<{%fg 1%}>no route<{%reset%}>\n", urn };
    const { errors } = summarize([{ diagnosticEvent }, { diagnosticEvent }]);
    assert.deepEqual(errors, ["kubernetes:core/v1:Namespace metallb: no route"]);
  });

  it("repeats warnings of programs, once each", () => {
    const diagnosticEvent = { severity: "warning", message: "kubelets stay", urn: "" };
    const plugin = { severity: "warning", message: "using pulumi-language-nodejs from $PATH at /a/plugin" };
    const waiting = { severity: "warning", message: "Has no .status.conditions", urn, ephemeral: true };
    const events = [diagnosticEvent, plugin, waiting, diagnosticEvent].map((each) => ({ diagnosticEvent: each }));
    const { errors, warnings } = summarize(events);
    assert.deepEqual([errors, warnings], [[], ["kubelets stay"]]);
  });

  it("reports mandatory policies only", () => {
    const policy = { resourceUrn: urn, policyName: "pss-privileged", message: "is root on its node" };
    const { errors, refusedByPolicy } = summarize([
      { policyEvent: { ...policy, enforcementLevel: "mandatory" } },
      { policyEvent: { ...policy, policyName: "other", enforcementLevel: "advisory" } },
    ]);
    assert.deepEqual(errors, ["kubernetes:core/v1:Namespace metallb: policy pss-privileged: is root on its node"]);
    assert.equal(refusedByPolicy, true);
  });
});
