import * as assert from "node:assert/strict";
import type { Capability } from "./capabilities";
import { type Component, component, type ObjectStage } from "./component";
import { orderStages, tenantNeeds } from "./order";
import { COMPONENTS } from "./registry";

const stage = (name: string, order: Omit<ObjectStage, "stage" | "objects"> = {}): ObjectStage => ({
  stage: name,
  objects: () => [],
  ...order,
});

const made = (name: string, ...stages: ObjectStage[]): Component =>
  component({ name, description: name, group: "networking", namespaces: {}, stages });

/** Everything that tenants of a development cloud need, so that only the components of a test have problems. */
const rest = (...without: Capability[]) =>
  made("rest", stage("everything", { provides: tenantNeeds("development").filter((each) => !without.includes(each)) }));

const order = (components: readonly Component[], known = components) => orderStages(components, "development", known);
const names = (components: readonly Component[]) => order(components).stages.map(({ name }) => name);
const messages = (components: readonly Component[], known = components) =>
  order(components, known).problems.map(({ where, given, rule, fix }) => `${where}: ${given} — ${rule}; ${fix}`);

const enabled = COMPONENTS.filter(({ enabledByDefault = true }) => enabledByDefault);
const without = (...off: string[]) => enabled.filter(({ name }) => !off.includes(name));
const with_ = (...on: string[]) => COMPONENTS.filter((each) => enabled.includes(each) || on.includes(each.name));

/** Everything that has to be finished before a stage, directly or not; oracle of its own: depth-first search. */
function before(name: string): Set<string> {
  const found = order(enabled).stages.find((each) => each.name === name) ?? assert.fail(name);
  return new Set(found.after.flatMap((each) => [each, ...before(each)]));
}

describe("the order of a platform", () => {
  it("has every stage once, after all that it needs", () => {
    const { stages, problems } = order(enabled);
    assert.deepEqual(problems, []);
    assert.equal(stages.length, enabled.flatMap((each) => each.stages).length);
    stages.forEach(({ name, after }, index) => {
      for (const need of after) {
        const at = stages.findIndex((each) => each.name === need);
        assert.ok(at >= 0 && at < index, `${name} needs ${need}`);
      }
    });
  });

  it("puts the network before everything with pods, and certificates before webhooks that need them", () => {
    const charts = order(enabled).stages.filter(({ stage }) => "chart" in stage);
    for (const { name } of charts.filter(({ name }) => !["cilium", "kube-ovn-v2"].includes(name))) {
      assert.ok(before(name).has("kube-ovn-v2"), name);
    }
    for (const name of ["piraeus", "cluster-api-operator", "kamaji", "kamaji-etcd"]) {
      assert.ok(before(name).has("issuers"), name);
    }
  });

  it("puts volumes before what claims them, and Cluster API's core before its providers", () => {
    assert.ok(before("kamaji-etcd").has("storage-classes"));
    assert.ok(before("data-volumes").has("storage-classes"));
    assert.ok(before("data-store").has("kamaji"));
    assert.ok(before("cluster-api-infrastructure").has("virtualization"));
    assert.ok(before("cluster-api-control-plane").has("kamaji"));
    for (const part of ["bootstrap", "control-plane", "infrastructure"]) {
      assert.ok(before(`cluster-api-${part}`).has("cluster-api"), part);
    }
  });

  it("takes the first of the registry among those that can come next, not the one that most need", () => {
    const a = made("a", stage("a-late", { needs: ["pod-network"] }), stage("a-early"));
    const b = made("b", stage("b"));
    assert.deepEqual(names([a, b, rest()]), ["a-early", "b", "everything", "a-late"]);
    assert.deepEqual(names([rest(), b, a]), ["everything", "b", "a-late", "a-early"]);
  });
});

describe("components that do not fit together", () => {
  const shop = made("shop", stage("shop", { needs: ["certificates"] }));
  const issuer = made("issuer", stage("issuer", { provides: ["certificates"] }));
  const other = made("other", stage("other", { provides: ["certificates"] }));

  it("are refused when nothing provides what one needs, with its name", () => {
    assert.deepEqual(messages([rest(), shop]), [
      "platform.components: certificates: provided by no component that is switched on — is needed by shop; add a component that provides it",
    ]);
  });

  it("are refused when what others need is switched off, with the names of those that would provide it", () => {
    assert.deepEqual(messages([rest(), shop], [rest(), shop, issuer, other]), [
      "platform.components: certificates: provided by no component that is switched on — is needed by shop; switch on one of those that provide it: platform.components.issuer.enabled, platform.components.other.enabled",
    ]);
  });

  it("are refused when two provide the same, with both names", () => {
    assert.deepEqual(messages([rest(), shop, issuer, other]), [
      "platform.components: certificates: provided by issuer and other — must be provided by one component; switch off all but one: platform.components.issuer.enabled, platform.components.other.enabled",
    ]);
  });

  it("are refused when they wait for each other, with the way around", () => {
    const one = made("one", stage("one", { needs: ["certificates"], provides: ["disk-import"] }));
    const two = made("two", stage("two-objects", { needs: ["disk-import"], provides: ["certificates"] }));
    const waiting = made("waiting", stage("waiting", { needs: ["certificates"] }));
    const problems = messages([rest(), waiting, one, two]);
    assert.deepEqual(problems, [
      "platform.components: two (two-objects) → one → two (two-objects) — each waits for the next, so that none can begin; remove one of these needs, or switch one of them off",
    ]);
  });

  it("are refused when tenants would miss something, even if no component needs it", () => {
    assert.match(
      messages([rest("load-balancer")]).join(),
      /load-balancer: provided by no component .* is needed by clusters of tenants \(tier development\)/,
    );
  });

  it("are refused when stages share a name, or come after one that is not their component's", () => {
    const twice = made("twice", stage("shop"), stage("more", { after: ["issuer"] }));
    assert.deepEqual(messages([rest(), shop, issuer, twice]), [
      "component twice: stage shop — is a stage of shop already; names are unique in a platform; give it another name",
      "component twice: after issuer — must be a stage of the component itself: shop, more; correct its name, or need the capability that another component provides",
    ]);
  });

  const cases: readonly (readonly [what: string, components: readonly Component[], message: RegExp])[] = [
    [
      "cert-manager off",
      without("cert-manager"),
      /certificates: .* needed by piraeus, cluster-api, kamaji, kamaji-etcd;/,
    ],
    ["metallb off", without("metallb"), /platform\.components\.metallb\.enabled, platform\.components\.cilium-lb-ipam/],
    ["snapshots off", without("snapshot-controller"), /volume-snapshots: .* needed by piraeus; /],
    ["kamaji-etcd off", without("kamaji-etcd"), /data-store: .* needed by clusters of tenants/],
    ["both load balancers", with_("cilium-lb-ipam"), /load-balancer: provided by metallb and cilium-lb-ipam/],
    ["both storages", with_("local-path"), /storage-class\/local: provided by piraeus and local-path/],
  ];
  for (const [what, components, message] of cases) {
    it(`are refused in the platform with ${what}`, () => {
      assert.match(messages(components, COMPONENTS).join("\n"), message);
    });
  }

  it("need no component that only offers more", () => {
    assert.deepEqual(messages(without("multus", "cdi"), COMPONENTS), []);
  });

  it("include one for copies of volumes in production, and do not in development", () => {
    const local = with_("local-path").filter(({ name }) => name !== "piraeus");
    assert.deepEqual(orderStages(local, "development", COMPONENTS).problems, []);
    assert.match(
      orderStages(local, "production", COMPONENTS)
        .problems.map(({ given, rule }) => `${given} ${rule}`)
        .join(),
      /storage-class\/replicated: provided by no component .* clusters of tenants \(tier production\)/,
    );
  });
});
