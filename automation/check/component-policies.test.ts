import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { component } from "../../components/platform/component";
import { COMPONENTS } from "../../components/platform/registry";
import { ADDONS } from "../../components/tenant/addons";
import { RULE_IDS } from "../../policies";
import { inProject, section } from "./check.fixture";
import { componentPolicies } from "./component-policies";
import { readPolicyFile } from "./policy-file";
import { readProject } from "./stack-files";

const fixture = component({
  name: "fixture",
  description: "A component of this test.",
  group: "networking",
  namespaces: { fixture: { podSecurity: "privileged" }, other: { podSecurity: "baseline" } },
  stages: [
    {
      chart: "thing",
      namespace: "fixture",
      timeout: 60,
      images: {},
      exemptions: [
        {
          object: { kind: "DaemonSet", name: "agent" },
          because: { "it is the node's own": ["pss-host-namespaces", "pss-host-ports"] },
        },
      ],
    },
  ],
  exemptions: [
    { rule: "sc-reclaim", selector: { kind: "StorageClass", name: "x" }, reason: "why" },
    { rule: "sc-encryption", selector: { kind: "StorageClass", name: "x" }, reason: "why", tier: "development" },
  ],
  apiClients: ["fixture/agent"],
});

describe("what components need beyond the rules", () => {
  it("is one exemption for each rule of each object, with who answers for it and until when", () => {
    const review = { owner: "us", expiry: "2999-12-31" };
    const found = componentPolicies([fixture], [], "production", review);
    const selector = { release: "fixture/thing", kind: "DaemonSet", name: "agent" };
    assert.deepEqual(found, {
      privilegedNamespaces: ["fixture"],
      apiClients: ["fixture/agent"],
      exemptions: [{ rule: "sc-reclaim", selector: { kind: "StorageClass", name: "x" }, reason: "why", ...review }],
      charts: [
        { rule: "pss-host-namespaces", selector, reason: "it is the node's own", ...review },
        { rule: "pss-host-ports", selector, reason: "it is the node's own", ...review },
      ],
    });
  });

  it("is more in a cloud of the tier that an exemption is for", () => {
    const rules = componentPolicies([fixture], [], "development").exemptions.map(({ rule }) => rule);
    assert.deepEqual(rules, ["sc-reclaim", "sc-encryption"]);
  });

  it("is nothing for a namespace of machines' own pods once another component brings some with a policy", () => {
    const selector = { kind: "Namespace", name: "fixture" };
    const own = { ...fixture, exemptions: [{ rule: "namespace-network-policy", selector, reason: "why" }] };
    const guest = { ...fixture, name: "guest", stages: [], exemptions: [], apiClients: [] };
    const closed = { fixture: { podSecurity: "privileged", traffic: {} } } as const;
    const exempted = (...components: Parameters<typeof componentPolicies>[0]) =>
      componentPolicies(components, [], "production").exemptions.map(({ rule }) => rule);
    assert.deepEqual(exempted(own), ["namespace-network-policy"]);
    assert.deepEqual(exempted(own, guest), ["namespace-network-policy"]);
    assert.deepEqual(exempted(own, { ...guest, namespaces: closed }), []);
  });

  it("names rules that there are, and no rule of an object twice", () => {
    const { exemptions, charts } = componentPolicies(COMPONENTS, ADDONS, "development");
    assert.ok(charts.length > 200);
    const unknown = [...exemptions, ...charts].filter(({ rule }) => !RULE_IDS.has(rule));
    assert.deepEqual(unknown, []);
    const keys = charts.map(({ rule, selector }) => `${rule} ${JSON.stringify(selector)}`);
    assert.deepEqual(
      keys.filter((key, index) => keys.indexOf(key) !== index),
      [],
    );
  });

  for (const { name } of COMPONENTS.filter(({ enabledByDefault = true }) => enabledByDefault)) {
    it(`is gone with component ${name} where that is switched off`, async () => {
      const read = (root: string) => readPolicyFile(readProject(root), "sandbox");
      const [all, less] = await Promise.all([
        inProject(() => undefined, read),
        inProject((files) => {
          section(files, "platform.sandbox")["components"] = { [name]: { enabled: false } };
        }, read),
      ]);
      const own = componentPolicies(
        COMPONENTS.filter((each) => each.name === name),
        [],
        "development",
      );
      const minus = (list: unknown, taken: readonly unknown[]) => {
        const gone = new Set(taken.map((each) => JSON.stringify(each)));
        return (list as unknown[]).filter((each) => !gone.has(JSON.stringify(each)));
      };
      for (const field of ["privilegedNamespaces", "apiClients", "exemptions"] as const) {
        assert.deepEqual(less.config[field], minus(all.config[field], own[field]), field);
      }
      assert.deepEqual(less.charts, minus(all.charts, own.charts));
    });
  }

  it("is what a site says of it: who answers, until when; a wrong date is refused", () =>
    inProject(
      () => undefined,
      (root) => {
        const write = (text: string) => fs.writeFileSync(path.join(root, "stacks", "config", "policies.yaml"), text);
        write('components: { owner: storage team, expiry: "2028-02-29" }\n');
        const { charts = [] } = readPolicyFile(readProject(root), "sandbox");
        assert.ok(charts.length > 0);
        assert.ok(charts.every(({ owner, expiry }) => owner === "storage team" && expiry === "2028-02-29"));
        write("components: { expiry: soon, who: me }\n");
        assert.throws(() => readPolicyFile(readProject(root), "sandbox"), {
          name: "InvalidInput",
          message: /expiry: "soon" — must be a date[\s\S]*who: unknown key/,
        });
      },
    ));

  it("is nothing outside of a project, where the components are somebody else's", () =>
    inProject(
      () => undefined,
      (root) => {
        const { config, charts } = readPolicyFile({ root, folder: "." }, "sandbox");
        assert.deepEqual([config["apiClients"], config["exemptions"], charts], [[], [], []]);
      },
    ));
});
