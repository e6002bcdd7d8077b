import * as assert from "node:assert/strict";
import { CHARTS, NAMESPACES, type NamespaceName } from "./catalog";
import { planBudgets, planNetworkPolicies } from "./guards-plan";
import { STUB_CHARTS } from "../../sandbox/charts/sources";
import { facts } from "./platform.fixture";

/** Every pod of theirs is in the network of the machines, or is what makes the others'. */
const ON_MACHINES: readonly NamespaceName[] = ["cilium", "kube-ovn", "multus"];

const names = Object.keys(NAMESPACES) as NamespaceName[];

interface Peer {
  readonly ipBlock?: { readonly cidr: string };
  readonly podSelector?: object;
  readonly namespaceSelector?: object;
}
interface Spec {
  readonly podSelector: object;
  readonly policyTypes: readonly string[];
  readonly ingress?: readonly { from?: Peer[]; ports?: { port: number }[] }[];
  readonly egress?: readonly { to?: Peer[]; ports?: { port: number }[] }[];
}
const specs = (name: NamespaceName) => planNetworkPolicies(name, facts()).map(({ spec }) => spec as Spec);

describe("the guards of the platform", () => {
  it("close the network of every namespace but those of the machines' own network, in both directions", () => {
    for (const name of names) {
      const closed = specs(name).some(
        ({ podSelector, policyTypes, ingress, egress }) =>
          Object.keys(podSelector).length === 0 &&
          policyTypes.join() === "Ingress,Egress" &&
          ingress === undefined &&
          egress === undefined,
      );
      assert.equal(closed, !ON_MACHINES.includes(name), name);
    }
  });

  it("let API servers in only where they call somebody, and nobody else from outside the cluster", () => {
    for (const name of names) {
      for (const { from = [], ports = [] } of specs(name).flatMap(({ ingress = [] }) => ingress)) {
        const blocks = from.flatMap(({ ipBlock }) => (ipBlock === undefined ? [] : [ipBlock.cidr]));
        if (blocks.length === 0) continue;
        assert.deepEqual(blocks, ["192.0.2.0/24", "100.64.0.0/16"], name);
        assert.ok(ports.length > 0, name);
      }
    }
    const called = (name: NamespaceName) =>
      specs(name).flatMap(({ ingress = [] }) => ingress.flatMap(({ ports = [] }) => ports.map(({ port }) => port)));
    assert.deepEqual(called("cert-manager"), [10260]);
    assert.deepEqual(called("snapshot-controller"), []);
    assert.deepEqual(called("kamaji-system"), [9443, 2379]);
  });

  it("let everybody out to names and the API, and only who fetches providers to anywhere else, over TLS", () => {
    for (const name of names.filter((each) => !ON_MACHINES.includes(each))) {
      const out = specs(name).flatMap(({ egress = [] }) => egress);
      const to = (port: number) => out.filter(({ ports = [] }) => ports.some((each) => each.port === port));
      assert.equal(to(53).length, 1, name);
      assert.ok(
        to(6443).some(({ to = [] }) => to.some(({ ipBlock }) => ipBlock?.cidr === "192.0.2.0/24")),
        name,
      );
      const anywhere = out.filter(({ to }) => to === undefined);
      assert.deepEqual(
        anywhere.map(({ ports }) => ports),
        name === "capi-operator-system" ? [[{ port: 443, protocol: "TCP" }]] : [],
        name,
      );
    }
  });

  it("open the webhook of cert-manager where its chart is told to listen", () => {
    const { webhook } = CHARTS["cert-manager"].values(facts(), { namespace: "cert-manager", version: "v1" }) as {
      webhook: { securePort: number };
    };
    const ports = specs("cert-manager").flatMap(({ ingress = [] }) => ingress.flatMap(({ ports = [] }) => ports));
    assert.ok(ports.some(({ port }) => port === webhook.securePort));
  });

  it("keep one of several copies from being taken away with the others, where the chart does not", () => {
    const budgets = names.flatMap((name) => planBudgets(name, facts()));
    assert.deepEqual(budgets.map(({ metadata }) => metadata.name).sort(), [
      "cluster-api-operator",
      "kamaji",
      "kube-ovn-controller",
      "ovn-central",
      "piraeus-operator",
      "tenants-etcd",
      "virt-operator",
    ]);
    const workloads = Object.values(STUB_CHARTS).flatMap(({ workloads }) => workloads);
    for (const { metadata, spec } of budgets) {
      const wanted = Object.entries(spec.selector.matchLabels);
      const selected = workloads.filter(({ labels }) => wanted.every(([label, value]) => labels[label] === value));
      assert.equal(selected.length, 1, metadata.name);
      assert.equal(selected[0]?.budget, undefined, metadata.name);
    }
  });

  it("have no budget for a single copy: nothing could be moved off its machine", () => {
    const budgets = names.flatMap((name) => planBudgets(name, facts({ tier: "development" })));
    assert.deepEqual(budgets.map(({ metadata }) => metadata.name).sort(), [
      "kube-ovn-controller",
      "ovn-central",
      "virt-operator",
    ]);
  });
});
