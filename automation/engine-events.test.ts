import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { readEvents, summarize } from "./engine-events";

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

  it("tells mandatory policies only", () => {
    const policy = { resourceUrn: urn, policyName: "pss-privileged", message: "is root on its node" };
    const { errors } = summarize([
      { policyEvent: { ...policy, enforcementLevel: "mandatory" } },
      { policyEvent: { ...policy, policyName: "other", enforcementLevel: "advisory" } },
    ]);
    assert.deepEqual(errors, ["kubernetes:core/v1:Namespace metallb: policy pss-privileged: is root on its node"]);
  });
});

describe("the log of events", () => {
  it("is read up to the last complete line", () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "events-"));
    try {
      const file = path.join(directory, "log");
      assert.deepEqual(readEvents(file), []);
      fs.writeFileSync(file, '{"sequence":0}\n{"seq');
      assert.equal(readEvents(file).length, 1);
    } finally {
      fs.rmSync(directory, { recursive: true });
    }
  });
});
