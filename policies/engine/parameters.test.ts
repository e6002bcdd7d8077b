import * as assert from "node:assert/strict";
import { evaluate, RULES } from "..";
import { configurationSchema, settingsFrom } from "../settings";
import { DEFAULTS } from "./settings";

const refused = (params: object) => () => settingsFrom({ params });

describe("parameters of rules", () => {
  it("are declared by the rule that they are for", () => {
    const declared = RULES.flatMap(({ id, params }) => (params === undefined ? [] : [[id, params.rule]]));
    assert.ok(declared.length >= 30);
    for (const [id, rule] of declared) assert.equal(rule, id);
  });

  it("are given under the id of the rule, or under their own name for every rule that takes one of it", () => {
    const { params } = settingsFrom({
      params: { deployed: { "a/b": "v1.33.1" }, "kamaji-version": { deployed: { "a/b": "v1.34.1" } } },
    });
    assert.deepEqual(params, {
      "capi-version-skew": { deployed: { "a/b": "v1.33.1" } },
      "kamaji-version": { deployed: { "a/b": "v1.34.1" } },
    });
  });

  it("are refused when they are misspelt, with the nearest name", () => {
    assert.throws(
      refused({ "svc-load-balancer": { expose: ["shop/web"] } }),
      /params\.svc-load-balancer\.expose: unknown key — svc-load-balancer takes exposed; did you mean exposed\?/,
    );
    assert.throws(
      refused({ "svc-loadbalancer": { exposed: [] } }),
      /params\.svc-loadbalancer: .*did you mean svc-load-balancer\?/,
    );
    assert.throws(refused({ maxMachine: 3 }), /params\.maxMachine: .*did you mean maxMachines\?/);
    assert.throws(refused({ "pss-privileged": { allowed: true } }), /pss-privileged takes no parameters/);
    assert.throws(refused({ "rbac-escalate": ["admin"] }), /params\.rbac-escalate: \["admin"\] — must be a map/);
  });

  it("are refused when they are of another type, all at once", () => {
    assert.throws(
      refused({ "talos-kubelet": { servingCertificates: "none", mounts: "/var" }, "rbac-escalate": { allowed: [1] } }),
      (error: Error) =>
        ["talos-kubelet.servingCertificates", "talos-kubelet.mounts", "rbac-escalate.allowed.0"].every((where) =>
          error.message.includes(`params.${where}: `),
        ),
    );
  });

  it("are checked wherever they are given", async () => {
    await assert.rejects(
      evaluate({ resources: [], params: { "rbac-escalate": { allow: ["a"] } } }),
      /did you mean allowed/,
    );
  });
});

describe("the definition of the settings", () => {
  it("has the defaults that an evaluation without configuration uses", () => {
    assert.deepEqual({ ...settingsFrom({}), marksStripped: false }, { ...DEFAULTS });
  });

  it("gives a JSON Schema with a description on every field", () => {
    const bare: string[] = [];
    const visit = (schema: object, where: string): void => {
      const {
        properties = {},
        additionalProperties,
        items,
      } = schema as {
        readonly properties?: Record<string, { description?: string }>;
        readonly additionalProperties?: unknown;
        readonly items?: unknown;
      };
      for (const [name, field] of Object.entries(properties)) {
        // below params stand the rules, which have descriptions of their own
        if (field.description === undefined && where !== ".params") bare.push(`${where}.${name}`);
        visit(field, `${where}.${name}`);
      }
      for (const inner of [additionalProperties, items])
        if (typeof inner === "object" && inner !== null) visit(inner, `${where}[]`);
    };
    const schema = configurationSchema();
    visit(schema, "");
    assert.deepEqual(
      bare.filter((where) => !/^\.params\.helm-(rendered|verify|oci-digest)\./.test(where)),
      [],
    );
    assert.ok(JSON.stringify(schema).includes('"svc-load-balancer"'));
  });
});
