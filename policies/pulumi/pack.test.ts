import * as assert from "node:assert/strict";
import { deployment, secured } from "../engine/library/examples";
import { policiesOf } from "./pack";
import { RULES } from "../rules";
import { UNKNOWN } from "../engine/unknown";
import { analyze, analyzeStack, remediate, urnOf, type Registration } from "../../test/support/policy-harness";

const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
const web = (pod: object): Registration => ({ type: DEPLOYMENT, name: "web", props: deployment({ ...pod }) as never });

describe("the pack behind the engine's own calls", () => {
  const policies = policiesOf(RULES);

  it("says nothing of a workload that complies", async () => {
    assert.deepEqual(await analyze(policies, web({})), []);
  });

  it("blocks a violation under the name of its rule, with resource, value and fix", async () => {
    const [found, ...others] = await analyze(policies, web({ hostNetwork: true }));
    assert.deepEqual(others, []);
    assert.equal(found?.policy, "pss-host-namespaces");
    assert.equal(found.level, "mandatory");
    assert.match(found.message, /apps\/Deployment shop\/web: spec\.template\.spec\.hostNetwork: .+; remove it/);
  });

  it("warns of an API that is still served, and blocks one that is gone", async () => {
    const levels = async (apiVersion: string, kind: string) => {
      const props = { apiVersion, kind, metadata: { name: "web", namespace: "shop" } };
      const found = await analyze(policies, { type: `kubernetes:${apiVersion}:${kind}`, name: "web", props });
      return found.map(({ policy, level }) => [policy, level]);
    };
    assert.deepEqual(await levels("v1", "Endpoints"), [["api-deprecated", "advisory"]]);
    assert.deepEqual(await levels("policy/v1beta1", "PodDisruptionBudget"), [["api-deprecated", "mandatory"]]);
  });

  it("leaves undecided what is not known yet, and still blocks what is", async () => {
    const found = await analyze(policies, web({ hostPID: true, hostNetwork: UNKNOWN }));
    assert.deepEqual(
      found.map(({ policy, level }) => [policy, level]),
      [
        ["pss-host-namespaces", "mandatory"],
        ["pulumi-unknown", "advisory"],
      ],
    );
    assert.match(found[1]?.message ?? "", /spec\.hostNetwork: not known before deployment; .*pss-host-namespaces/);
  });

  /*
   * The engine (pulumi 3.259, AnalyzerResourceOptions) shows policies neither retainOnDelete nor replaceOnChanges: a
   * definition that is kept with retainOnDelete was a violation whose advice could not be followed.
   */
  it("leaves undecided whether a definition is kept by an option that the engine does not show", async () => {
    const type = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";
    const props = { metadata: { name: "rows.example.com" } };
    const found = async (protect: boolean) =>
      (await analyze(policies, { type, name: "rows", props, protect })).map(({ policy, level }) => [policy, level]);
    assert.deepEqual(await found(false), [
      ["pulumi-protect", "mandatory"],
      ["pulumi-unknown", "advisory"],
    ]);
    assert.deepEqual(await found(true), []);
  });

  it("keeps resources apart that are evaluated at the same time", async () => {
    const guilty = { ...web({ hostNetwork: true }), name: "guilty" };
    const results = await Promise.all([web({}), guilty, web({})].map((each) => analyze(policies, each)));
    assert.deepEqual(
      results.map((found) => found.length),
      [0, 1, 0],
    );
    assert.deepEqual(await analyze(policies, { ...web({}), name: "guilty" }), []);
  });

  it("finds in a stack what no single resource shows, and names the resource", async () => {
    const found = await analyzeStack(policies, [web({})]);
    assert.deepEqual(
      found.map(({ policy, level, urn }) => [policy, level, urn]),
      [["pdb-present", "mandatory", urnOf(web({}))]],
    );
    const spec = { maxUnavailable: 1, selector: { matchLabels: { app: "web" } } };
    const budget = {
      type: "kubernetes:policy/v1:PodDisruptionBudget",
      name: "web",
      props: { metadata: { name: "web", namespace: "shop" }, spec },
    };
    assert.deepEqual(await analyzeStack(policies, [web({}), budget]), []);
  });
});

describe("secrets in the engine", () => {
  const policies = policiesOf(RULES);
  const key = ["-----BEGIN RSA", "PRIVATE KEY-----\nMIIE\n-----END RSA", "PRIVATE KEY-----"].join(" ");
  const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };
  const map = (value: unknown): Registration => ({
    type: "kubernetes:shop.example.com/v1:Shop",
    name: "shop",
    props: { metadata: { name: "shop", namespace: "shop" }, spec: { deep: [{ key: value }] } },
  });
  const rulesOf = async (registration: Registration) =>
    (await analyze(policies, registration)).map(({ policy }) => policy);

  it("are known for what they are once the engine has asked for remediations", async () => {
    const secret = map({ ...SECRET, value: key });
    assert.deepEqual(await remediate(policies, secret), []);
    assert.deepEqual(await rulesOf(secret), []);
  });

  it("are found where they stand in plain text", async () => {
    const plain = map(key);
    assert.deepEqual(await remediate(policies, plain), []);
    assert.deepEqual(await rulesOf(plain), ["secret-inline"]);
  });
});

describe("remediation", () => {
  it("runs where its level says so, changes only what breaks the rule, and keeps secrets secret", async () => {
    const policies = policiesOf(RULES).map((policy) =>
      policy.name === "pss-privilege-escalation" ? { ...policy, enforcementLevel: "remediate" as const } : policy,
    );
    const containers = [secured({ allowPrivilegeEscalation: true })];
    assert.deepEqual(await remediate(policies, web({})), []);
    const [change, ...others] = await remediate(policies, web({ containers }));
    assert.deepEqual(others, []);
    assert.equal(change?.policy, "pss-privilege-escalation");
    const mended = { ...web({ containers }), props: change.props };
    assert.deepEqual(await analyze(policies, mended), []);
    assert.deepEqual(change.props, JSON.parse(JSON.stringify(web({ containers: [secured({})] }).props)));
  });
});
