import * as assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import { type Fields, fieldsOf } from "../../components/core/fields";
import { exampleOf } from "../../policies/engine/example";
import { APPLY } from "../../policies/engine/library/talos/config";
import { remediated } from "../../policies/engine/remediation";
import { readResource } from "../../policies/engine/resource";
import type { ResourceRule, Rule } from "../../policies/engine/rule";
import { DEFAULTS } from "../../policies/engine/settings";
import { RULES } from "../../policies/rules";
import { applying } from "../../policies/rules/talos/examples";
import { FAULTS } from "../../policies/rules/talos/faults.fixture";
import { findingsOf } from "../support/rule-cases";
import { type Question, TalosOracle } from "../support/talos-oracle";

/** The inputs of a machine, and where they are from. */
interface Case {
  readonly label: string;
  readonly props: Fields;
}

/** A rule and one of its examples that has a machine. */
interface Machine extends Case {
  readonly rule: Rule;
}

const machines: readonly Machine[] = RULES.flatMap((rule) =>
  (["pass", "fail"] as const).flatMap((side) => {
    const { resources = [] } = exampleOf(rule.docs[side]);
    return resources
      .map((resource) => fieldsOf(resource))
      .filter(({ type }) => type === APPLY)
      .map(({ props }) => ({ rule, label: `${rule.id}, ${side}`, props: fieldsOf(props) }));
  }),
);

const withRemedy = RULES.flatMap((rule) =>
  rule.scope === "resource" && rule.remediate !== undefined && rule.types.includes(APPLY) ? [rule] : [],
);

/** What a machine gets after the remediation of a rule; undefined when the rule changes nothing. */
function remedied(rule: ResourceRule, props: Fields): Fields | undefined {
  const resource = readResource(applying(props));
  assert.ok(resource !== undefined);
  return remediated(rule, resource, DEFAULTS);
}

function keysIn(config: string): string {
  const { machine, cluster } = parseAllDocuments(config)[0]?.toJS() as { machine: Fields; cluster: Fields };
  const { id, secret, token, ca, etcd } = cluster;
  return JSON.stringify({
    machine: { token: machine["token"], ca: machine["ca"] },
    cluster: { id, secret, token, ca, ...(etcd === undefined ? {} : { etcd: { ca: fieldsOf(etcd)["ca"] } }) },
  });
}

// machinery 1.13.0, from which the pinned provider is built
describe("rules about machine configurations, before Talos,", function () {
  let talos: TalosOracle;
  const generated = new Map<string, string>();
  before(async function () {
    talos = await TalosOracle.start(this);
    for (const role of ["controlplane", "worker"] as const) {
      for (const contract of ["v1.12", "v1.13"]) {
        const { config = "" } = talos.one({ generate: { role, contract, kubernetes: "1.34.4" } });
        generated.set(`${role} ${contract}`, config);
      }
    }
  });

  /** What is sent to a machine, patches of an example alone over a configuration as it is generated. */
  const question = ({ machineConfigurationInput, configPatches }: Fields): Question => ({
    config: (machineConfigurationInput as string | undefined) ?? generated.get("controlplane v1.13") ?? "",
    patches: (configPatches as string[] | undefined) ?? [],
    validate: true,
  });

  /** The keys that examples leave out, as a patch. */
  const withKeys = ({ config = "", patches = [], ...rest }: Question): Question => {
    const role = /"type":"worker"/.test(config) ? "worker" : "controlplane";
    return { config, patches: [...patches, keysIn(generated.get(`${role} v1.13`) ?? "")], ...rest };
  };

  const refused = (cases: readonly Case[], complete: (question: Question) => Question = (given) => given) => {
    const answers = talos.ask(cases.map(({ props }) => complete(question(props))));
    return cases.flatMap(({ label }, index) => {
      const { error } = answers[index] ?? {};
      return error === undefined ? [] : [`${label}: ${error}`];
    });
  };

  it("have examples that it takes, the bad ones too", () => {
    assert.ok(machines.length >= 50, String(machines.length));
    assert.deepEqual(refused(machines, withKeys), []);
  });

  it("mend their bad examples with patches that it takes", () => {
    const mended = machines.flatMap(({ rule, label, props }) => {
      if (rule.scope !== "resource" || rule.remediate === undefined || !label.endsWith("fail")) return [];
      const after = remedied(rule, props);
      assert.ok(after !== undefined, `${label}: nothing changes`);
      return [{ label, props: after }];
    });
    assert.deepEqual(mended.map(({ label }) => label.split(",")[0]).sort(), withRemedy.map(({ id }) => id).sort());
    assert.deepEqual(refused(mended, withKeys), []);
  });

  it("mend what was generated and patched badly, on either role, with patches that it takes", async () => {
    const mended = [];
    for (const [base, machineConfigurationInput] of generated) {
      const worker = base.startsWith("worker");
      const { machine, debug } = FAULTS;
      // what no rule can choose
      const site = JSON.stringify({ machine: { kubelet: { nodeIP: { validSubnets: ["192.0.2.0/24"] } } } });
      const props = {
        machineConfigurationInput,
        configPatches: [site, JSON.stringify(worker ? { debug, machine } : FAULTS)],
      };
      for (const rule of withRemedy) {
        const after = remedied(rule, props);
        // most of them are about control planes only
        if (after === undefined && worker) continue;
        assert.ok(after !== undefined, `${rule.id} changes nothing`);
        assert.deepEqual(await findingsOf(rule.id, applying(after)), [], `${rule.id} on ${base}`);
        mended.push({ label: `${rule.id} on ${base}`, props: after });
      }
    }
    assert.ok(mended.length >= 2 * withRemedy.length);
    assert.deepEqual(refused(mended), []);
  });
});
