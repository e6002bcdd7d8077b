import * as assert from "node:assert/strict";
import type { EngineEvent } from "../engine-events";
import type { FleetResult } from "../fleet/outcome";
import { markdownReport, plainReport, reportOf } from "./report";
import { inWords } from "./words";

const step = (op: string, type: string, name: string, more: object = {}): EngineEvent => ({
  resourcePreEvent: {
    metadata: { op, type, urn: `urn:pulumi:platform.a::firmament::${type}::${name}`, ...more },
    planning: true,
  },
});
const told = (message: string, severity = "info"): EngineEvent => ({ diagnosticEvent: { severity, message } });
const RELEASE = "kubernetes:helm.sh/v3:Release";

describe("a preview in words", () => {
  it("repeats what the programs say of machines and pools that change", () => {
    const { machines, pools, warnings } = inWords("base.a", [
      told("<{%reset%}>cp-1: restarts (machine.kernel)<{%reset%}>\n"),
      told("cp-2: no effect"),
      told("pool general: rolls 3 machines, up to 30 min: v1.34.4 → v1.35.1"),
      told("pool small: no effect"),
      told("something: else"),
      told("kubelets stay", "warning"),
    ]);
    assert.deepEqual(machines, ["cp-1: restarts (machine.kernel)"]);
    assert.deepEqual(pools, ["pool general: rolls 3 machines, up to 30 min: v1.34.4 → v1.35.1"]);
    assert.deepEqual(warnings, ["kubelets stay"]);
  });

  it("says of charts which version becomes which, or what else is other", () => {
    const version = (text: string) => ({ inputs: { version: text } });
    const folder = (text: string) => ({ inputs: { chart: `./charts/multus-${text}.tgz` } });
    const { components } = inWords("platform.a", [
      step("update", RELEASE, "cilium", { old: version("1.18.1"), new: version("1.18.2"), diffs: ["version"] }),
      step("update", RELEASE, "metallb", { old: version("0.16.1"), new: version("0.16.1"), diffs: ["values"] }),
      step("update", RELEASE, "multus", { old: folder("4.3.0"), new: folder("4.3.1") }),
      step("create", RELEASE, "piraeus", { new: version("2.10.1") }),
      step("delete", RELEASE, "kamaji", { old: version("1.0.0") }),
      step("same", RELEASE, "cdi"),
    ]);
    assert.deepEqual(components, [
      "cilium: 1.18.1 → 1.18.2",
      "metallb: other values",
      "multus: 4.3.0 → 4.3.1",
      "piraeus: new, 2.10.1",
      "kamaji: removed",
    ]);
  });

  it("names what is gone for good, but not what stays behind", () => {
    const { deletedForGood, others } = inWords("tenant.a.x", [
      step("delete", "kubernetes:core/v1:Namespace", "x-namespace"),
      step("delete", "kubernetes:core/v1:Namespace", "kept", { old: { retainOnDelete: true } }),
      step("replace", "kubernetes:cluster.x-k8s.io/v1beta2:Cluster", "x-cluster"),
      step("create-replacement", "kubernetes:cluster.x-k8s.io/v1beta2:Cluster", "x-cluster"),
      step("update", "kubernetes:core/v1:Namespace", "y"),
      step("create", "pulumi:providers:kubernetes", "management"),
    ]);
    assert.deepEqual(deletedForGood, [
      "Namespace x-namespace with everything in it",
      "Cluster x-cluster with its control plane, machines and their disks",
    ]);
    assert.deepEqual(others, ["delete Namespace kept", "update Namespace y"]);
  });

  const changes = { create: 0, update: 1, replace: 0, delete: 0, same: 4 };
  const summary = { resources: 5, errors: [], warnings: [], refusedByPolicy: false };
  const result: FleetResult = {
    operation: "preview",
    ok: false,
    seconds: 1.25,
    stacks: [
      { status: "done", stack: "base.a", attempts: 1, result: { name: "base.a", changes, seconds: 1, ...summary } },
      {
        status: "failed",
        stack: "platform.a",
        attempts: 1,
        failure: { kind: "policy", retryable: false, advice: "correct the settings", locks: [] },
        message: "platform.a: preview failed (policy)\n<script> @team ```",
        error: new Error("x"),
      },
      { status: "skipped", stack: "tenant.a.x", because: "platform.a" },
    ],
  };
  const words = new Map([
    ["base.a", inWords("base.a", [told("cp-1: restarts (machine.kernel)"), told("a|b\n@c", "warning")])],
  ]);
  const report = reportOf(result, words);

  it("is read in a terminal", () => {
    assert.equal(
      plainReport(report),
      [
        "base.a: would update 1",
        "  machines:",
        "    cp-1: restarts (machine.kernel)",
        "  warnings:",
        "    a|b",
        "    @c",
        "platform.a: failed: policy",
        "  platform.a: preview failed (policy)",
        "  <script> @team ```",
        "tenant.a.x: not begun, since platform.a failed",
        "3 stacks, 1 failed, 1 not begun in 1.3 s",
      ].join("\n"),
    );
  });

  it("is a comment in a pull request, in which nothing of it is markup", () => {
    const text = markdownReport(report);
    assert.match(text, /^<!-- firmament-preview -->\n## Firmament preview: 3 stacks, 1 failed, 1 not begun\n/);
    assert.match(text, /\| `platform\.a` \| failed: policy \|/);
    assert.match(text, /```text\nplatform\.a: preview failed \(policy\)\n<script> @team '''\n```/);
    assert.match(text, /^- a\\\|b \\@c$/m);
  });

  it("has room in a comment however many stacks there are, and says what it leaves out", () => {
    const others = Array.from({ length: 100 }, (_, index) => `update NetworkPolicy ${index}`);
    const many = (count: number) =>
      markdownReport({
        ...report,
        stacks: Array.from({ length: count }, (_, index) => ({
          stack: `tenant.a.t${index}`,
          status: "done" as const,
          changes: { update: 100 },
          words: { ...inWords("", []), others },
        })),
      });
    const text = many(200);
    assert.ok(Buffer.byteLength(text) < 65_536, `${text.length}`);
    assert.match(text, /^\| `tenant\.a\.t199` \| would update 100 \|$/m);
    assert.match(text, /^Details of \*\*\d+ more stacks\*\* do not fit here\.$/m);
    const [, left = ""] = /Details of \*\*(\d+)/.exec(text) ?? [];
    assert.equal([...text.matchAll(/^### /gm)].length + Number(left), 200);
    assert.equal(text.split("<details>").length, text.split("</details>").length);
    assert.match(many(3000), /^\*\*\d+ more stacks\*\* do not fit here\.$/m);
    assert.ok(Buffer.byteLength(many(3000)) < 65_536);
    assert.match(markdownReport({ ...report, stacks: [] }), /No stack is concerned\.\n$/);
  });

  it("is data for programs", () => {
    const { stacks } = JSON.parse(JSON.stringify(report)) as typeof report;
    assert.deepEqual(stacks[1]?.failure, { kind: "policy", retryable: false, advice: "correct the settings" });
    assert.deepEqual(stacks[0]?.words?.machines, ["cp-1: restarts (machine.kernel)"]);
  });
});
