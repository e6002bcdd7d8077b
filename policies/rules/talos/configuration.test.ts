import * as assert from "node:assert/strict";
import { evaluate } from "../..";
import { talosRules } from ".";
import { APPLY } from "../../engine/library/talos/config";
import { applying, COMPLIANT, DOCUMENTS, machineWith, without } from "./examples";
import { findingsOf } from "../../../test/support/rule-cases";

describe("rules about machine configurations, together,", () => {
  it("find nothing in the configuration that the examples start from, nor in two of its forms", async () => {
    const yaml = applying({
      machineConfigurationInput: [COMPLIANT, ...DOCUMENTS]
        .map((each) => JSON.stringify(each, undefined, 2))
        .join("\n---\n"),
    });
    const { secretboxEncryptionSecret, ...cluster } = COMPLIANT.cluster;
    const base = { machine: { type: "controlplane" }, cluster: { secretboxEncryptionSecret } };
    const patched = applying({
      machineConfigurationInput: JSON.stringify(base),
      configPatches: [{ ...COMPLIANT, cluster }, ...DOCUMENTS].map((each) => JSON.stringify(each)),
    });
    for (const given of [machineWith(), yaml, patched]) {
      const found = await evaluate({ resources: [given], scope: "resource" });
      assert.deepEqual(
        found.map(({ rule, path, message }) => `${rule} ${path} ${message}`),
        [],
      );
    }
  });

  it("notice each field of it that is dropped", async () => {
    const harmless =
      /^(?:version|persist|debug|machine\.install\.disk|machine\.type|cluster\.(?:controlPlane|discovery)|machine\.features|cluster\.allowScheduling|cluster\.apiServer\.disablePod|cluster\.apiServer\.auditPolicy\.(?:apiVersion|kind)|machine\.kubelet\.(?:extraArgs|extraConfig|nodeIP)$|cluster\.apiServer$|cluster\.etcd$|machine\.install$|machine\.kubelet$|machine$|cluster$)/;
    for (const way of ways(COMPLIANT).filter((each) => !harmless.test(each.join(".")))) {
      const patch = way.reduceRight<object>((inner, step) => ({ [step]: inner }), without);
      const found = await evaluate({ resources: [machineWith(patch)], scope: "resource" });
      assert.ok(
        found.some(({ status, rule }) => status === "violation" && rule.startsWith("talos-")),
        `${way.join(".")} is not missed`,
      );
    }
  });

  it("evaluate static pods, and manifests that control planes apply, like all others", async () => {
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p", namespace: "shop" },
      spec: { hostNetwork: true, containers: [] },
    };
    const newer = (kind: string, fields: object) => ({ apiVersion: "v1alpha1", kind, name: "pod", ...fields });
    const places: [object, RegExp][] = [
      [
        { cluster: { inlineManifests: [{ name: "pod", contents: JSON.stringify(pod) }] } },
        /inlineManifests\[0\]\.contents.*hostNetwork$/,
      ],
      [{ machine: { pods: [pod] } }, /machine\.pods\[0\].*hostNetwork$/],
      [newer("KubeInlineManifestConfig", { manifest: JSON.stringify(pod) }), /manifest.*hostNetwork$/],
      [newer("KubeStaticPodConfig", { pod }), /pod.*hostNetwork$/],
    ];
    for (const [patch, path] of places) {
      const [found] = await findingsOf("pss-host-namespaces", machineWith(patch));
      assert.match(found?.path ?? "", path);
    }
  });

  it("remediate what they claim to", async () => {
    const { remediated } = await import("../../engine/remediation.js");
    const { readResource } = await import("../../engine/resource.js");
    const { DEFAULTS } = await import("../../engine/settings.js");
    for (const rule of talosRules) {
      const resource = readResource(rule.docs.fail);
      if (rule.remediate === undefined || rule.scope !== "resource" || resource === undefined) continue;
      const props = remediated(rule, resource, DEFAULTS);
      assert.ok(props !== undefined, `${rule.id} changes nothing`);
      assert.deepEqual(await findingsOf(rule.id, { ...resource, props }), [], rule.id);
    }
  });

  it("survive hostile texts", async () => {
    const bomb = [
      "a: &a [x,x,x,x,x,x,x,x,x,x]",
      ..."bcdefghij".split("").map(
        (name, index) =>
          `${name}: &${name} [${Array(10)
            .fill(`*${"abcdefghij"[index] ?? ""}`)
            .join(",")}]`,
      ),
    ].join("\n");
    const deep = `${'{"a":'.repeat(20000)}1${"}".repeat(20000)}`;
    const texts = [
      bomb,
      deep,
      "x".repeat(5_000_000),
      "[".repeat(50_000),
      `${"- ".repeat(50_000)}x`,
      "k: 1\n".repeat(100_000).replaceAll("k", () => `k${Math.random()}`),
      '{"__proto__":{"machine":{"type":"controlplane"}}}',
      "",
      "null",
      "- op: replace\n  path: /machine/features/rbac\n  value: false\n",
      "a: 1\n---\n- 2\n",
    ];
    for (const text of texts) {
      for (const props of [{ machineConfigurationInput: text }, { configPatches: [text, { not: "a text" }] }]) {
        const found = await evaluate({ resources: [{ type: APPLY, name: "m", props }] });
        assert.ok(
          found.every(({ reason }) => reason !== "failed"),
          text.slice(0, 40),
        );
      }
    }
    assert.equal(({} as Record<string, unknown>)["machine"], undefined);
  }).timeout(60_000);
});

/** Ways to every field below an object, lists left whole. */
function ways(value: object, above: readonly string[] = []): string[][] {
  return Object.entries(value).flatMap(([name, inner]) => {
    const way = [...above, name];
    const deeper =
      typeof inner === "object" && inner !== null && !Array.isArray(inner) ? ways(inner as object, way) : [];
    return [way, ...deeper];
  });
}
