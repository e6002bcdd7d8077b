import * as assert from "node:assert/strict";
import { allows, type GrantedRule, questions, textOf } from "./least-privilege";

const LEASE: GrantedRule = {
  apiGroups: ["coordination.k8s.io"],
  resources: ["leases"],
  resourceNames: ["leader"],
  verbs: ["get"],
  namespace: "own",
};
const NODES: GrantedRule = { apiGroups: [""], resources: ["nodes"], verbs: ["list"] };
const EVICTION: GrantedRule = { apiGroups: [""], resources: ["pods/eviction"], verbs: ["create"] };

describe("what rules allow", () => {
  for (const [what, rule, question, expected] of [
    ["a name of a rule in its namespace", LEASE, { namespace: "own", name: "leader" }, true],
    ["another name", LEASE, { namespace: "own", name: "another" }, false],
    ["any object where a rule has names", LEASE, { namespace: "own" }, false],
    ["the name in another namespace", LEASE, { namespace: "other", name: "leader" }, false],
    ["the name in all namespaces", LEASE, { name: "leader" }, false],
    ["a rule of all namespaces in one of them", EVICTION, { namespace: "own" }, true],
    ["a rule of all namespaces", NODES, {}, true],
  ] as const) {
    it(`${expected ? "covers" : "does not cover"} ${what}`, () => {
      const [group = "", resource = "", verb = ""] = [rule.apiGroups[0], rule.resources[0], rule.verbs[0]];
      assert.equal(allows([rule], { group, resource, verb, ...question }), expected);
    });
  }

  it("does not cover a resource by its subresource, or another verb or group", () => {
    assert.equal(allows([EVICTION], { group: "", resource: "pods", verb: "create" }), false);
    assert.equal(allows([NODES], { group: "", resource: "nodes", verb: "get" }), false);
    assert.equal(allows([NODES], { group: "metrics.k8s.io", resource: "nodes", verb: "list" }), false);
  });
});

describe("what an account is asked", () => {
  const resources = [
    { group: "", resource: "pods", namespaced: true, verbs: ["get", "delete"] },
    { group: "", resource: "nodes", namespaced: false, verbs: ["get"] },
  ];
  const asked = questions(resources, [LEASE], ["own", "other"]).map(textOf);

  it("is everything that is listed, in each namespace and in all", () => {
    for (const text of [
      "get pods in own",
      "delete pods in other",
      "delete pods in all namespaces",
      "get nodes in all namespaces",
    ])
      assert.ok(asked.includes(text), text);
    assert.ok(!asked.includes("get nodes in own"));
  });

  it("is what rules name, served or not, by their names and by another one", () => {
    for (const name of ["", " leader", " another"])
      assert.ok(asked.includes(`get leases.coordination.k8s.io${name} in own`), name);
  });

  it("is to act as others and to give rights away, each question once", () => {
    assert.ok(asked.includes("impersonate users in all namespaces"));
    assert.ok(asked.includes("escalate clusterroles.rbac.authorization.k8s.io in all namespaces"));
    assert.equal(new Set(asked).size, asked.length);
  });
});
