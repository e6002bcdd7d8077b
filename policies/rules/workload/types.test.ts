import * as assert from "node:assert/strict";
import { container, deployment, object } from "../../engine/library/examples";
import { findingsOf } from "../../../test/support/rule-cases";

const pod = (changes: object) => deployment({ containers: [container({ ...changes })] });
const service = (spec: object) => object("v1", "Service", { spec });
const RBAC = "rbac.authorization.k8s.io/v1";
const binding = (name: unknown, subject: object) => ({
  apiVersion: RBAC,
  kind: "ClusterRoleBinding",
  metadata: { name: "web" },
  roleRef: { kind: "ClusterRole", name },
  subjects: [subject],
});
const role = (verbs: unknown) => ({
  apiVersion: RBAC,
  kind: "ClusterRole",
  metadata: { name: "web" },
  rules: [{ apiGroups: [""], resources: ["pods"], verbs }],
});
const resources = (amounts: object) => pod({ resources: { requests: amounts, limits: amounts } });

/** Values that a rule looks at, by rule; none of them may be anything but a text, an amount, an object. */
const PLACES: readonly (readonly [rule: string, example: (value: unknown) => object])[] = [
  ["image-digest", (image) => pod({ image })],
  ["image-tag-pinned", (image) => pod({ image })],
  ["namespace-default", (namespace) => ({ ...deployment(), metadata: { name: "web", namespace } })],
  ["namespace-system", (namespace) => ({ ...deployment(), metadata: { name: "web", namespace } })],
  ["svc-node-port", (type) => service({ type })],
  ["svc-load-balancer", (type) => service({ type })],
  ["svc-lb-source-ranges", (range) => service({ type: "LoadBalancer", loadBalancerSourceRanges: [range] })],
  ["svc-external-name", (externalName) => service({ type: "ExternalName", externalName })],
  ["rbac-cluster-admin", (name) => binding(name, { kind: "User", name: "ann" })],
  ["rbac-anonymous", (name) => binding("view", { kind: "User", name })],
  ["rbac-system-groups", (name) => binding("view", { kind: "Group", name })],
  ["rbac-default-sa", (name) => binding("view", { kind: "ServiceAccount", name })],
  ["rbac-wildcard", (verb) => role([verb])],
  ["rbac-escalate", (verb) => role([verb])],
  ["rbac-pods-create", (verb) => role([verb])],
  ["probe-readiness", (readinessProbe) => pod({ readinessProbe })],
  ["probe-liveness", (livenessProbe) => pod({ livenessProbe })],
  ["resources-requests", (amount) => resources({ cpu: amount, memory: amount })],
  ["resources-limits", (amount) => resources({ memory: amount })],
  ["resources-limits-cpu", (amount) => resources({ cpu: amount })],
  ["resources-ephemeral", (amount) => resources({ "ephemeral-storage": amount })],
  ["host-runtime-socket", (path) => deployment({ volumes: [{ name: "run", hostPath: { path } }] })],
  ["sa-token-automount", (value) => object("v1", "ServiceAccount", { automountServiceAccountToken: value })],
  ["secret-env-plain", (value) => pod({ env: [{ name: "DB_PASSWORD", value }] })],
  ["secret-configmap", (password) => object("v1", "ConfigMap", { data: { password } })],
];

describe("a value of a type that it cannot have", () => {
  for (const [rule, example] of PLACES) {
    it(`is not passed by ${rule}`, async () => {
      for (const value of [["x"], [["x"]], [{ x: 1 }]]) {
        assert.notDeepEqual(await findingsOf(rule, example(value)), [], JSON.stringify(value));
      }
    });
  }

  it("is what it would be in quotes where it is a secret", async () => {
    const [finding] = await findingsOf("secret-env-plain", pod({ env: [{ name: "DB_PASSWORD", value: 12345 }] }));
    assert.equal(finding?.status, "violation");
  });

  it("may be a number where it is an amount", async () => {
    assert.deepEqual(await findingsOf("resources-requests", resources({ cpu: 1, memory: 1e9 })), []);
  });
});
