import * as assert from "node:assert/strict";
import type { NetworkPolicySpec } from "../kubernetes/network-policy";
import type { DisruptionBudgetSpec } from "../kubernetes/disruption-budget";
import { at, plan, valuesOf } from "./platform.fixture";
import { chartsOf, COMPONENTS } from "./registry";

/** Every pod of theirs is in the network of the machines, or is what makes the others'. */
const ON_MACHINES: readonly string[] = ["cilium", "kube-ovn", "multus"];

const planned = plan();
const names = Object.keys(planned.namespaces);
const protection = (name: string, kind: string, of = planned) =>
  (of.namespaces[name]?.protection ?? []).map(({ object }) => object).filter((each) => each.kind === kind);
const specs = (name: string) => protection(name, "NetworkPolicy").map(({ spec }) => spec as NetworkPolicySpec);
const ingress = (name: string) => specs(name).flatMap(({ ingress = [] }) => ingress);
const budgets = (of = planned) =>
  Object.keys(of.namespaces).flatMap((name) => protection(name, "PodDisruptionBudget", of));

describe("the namespaces of a platform", () => {
  it("pin their Pod Security level to the cluster's minor", () => {
    for (const { name, object } of Object.values(planned.namespaces)) {
      const labels = object.metadata.labels ?? {};
      assert.match(labels["pod-security.kubernetes.io/enforce"] ?? "", /^(privileged|baseline|restricted)$/, name);
      assert.equal(labels["pod-security.kubernetes.io/enforce-version"], "v1.34", name);
    }
  });

  it("have at least one stage that uses each", () => {
    const used = planned.stages.flatMap((stage) =>
      "release" in stage
        ? [stage.release.namespace]
        : stage.objects.flatMap(({ namespace }) => (namespace === undefined ? [] : [namespace])),
    );
    assert.deepEqual(
      names.filter((name) => !used.includes(name)),
      [],
    );
  });
});

describe("the network policies of the platform", () => {
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

  it("let API servers in only where they call webhooks or APIs, and nothing else from outside the cluster", () => {
    for (const name of names) {
      for (const { from = [], ports = [] } of ingress(name)) {
        const blocks = from.flatMap(({ ipBlock }) => (ipBlock === undefined ? [] : [ipBlock.cidr]));
        if (blocks.length === 0) continue;
        assert.deepEqual(blocks, ["192.0.2.0/24", "100.64.0.0/16"], name);
        assert.ok(ports.length > 0, name);
      }
    }
    const called = (name: string) => ingress(name).flatMap(({ ports = [] }) => ports.map(({ port }) => port));
    assert.deepEqual(called("cert-manager"), [10260]);
    assert.deepEqual(called("snapshot-controller"), []);
  });

  it("join what several components need in one namespace", () => {
    const called = ingress("kamaji-system").flatMap(({ ports = [] }) => ports.map(({ port }) => port));
    assert.deepEqual(called, [9443, 2379]);
  });

  it("let everybody out to DNS and the API, and only who fetches providers to anywhere else, over TLS", () => {
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

  it("open the webhook of cert-manager where its chart makes it listen", () => {
    const port = at(valuesOf(planned, "cert-manager"), "webhook.securePort");
    assert.ok(ingress("cert-manager").some(({ ports = [] }) => ports.some((each) => each.port === port)));
  });
});

describe("the disruption budgets of the platform", () => {
  it("keep one of several copies from being taken away with the others, where the chart does not", () => {
    assert.deepEqual(
      budgets()
        .map(({ metadata }) => metadata.name)
        .sort(),
      [
        "cluster-api-operator",
        "kamaji",
        "kube-ovn-controller",
        "ovn-central",
        "piraeus-operator",
        "tenants-etcd",
        "virt-operator",
      ],
    );
    const workloads = chartsOf(COMPONENTS).flatMap(({ sandbox }) => sandbox?.workloads ?? []);
    for (const { metadata, spec } of budgets()) {
      const wanted = Object.entries((spec as DisruptionBudgetSpec).selector.matchLabels);
      const selected = workloads.filter(({ labels }) => wanted.every(([label, value]) => labels[label] === value));
      assert.equal(selected.length, 1, metadata.name);
      assert.equal(selected[0]?.budget, undefined, metadata.name);
    }
  });

  it("leave out a single copy: nothing could be moved off its machine", () => {
    assert.deepEqual(
      budgets(plan({ change: { tier: "development" } }))
        .map(({ metadata }) => metadata.name)
        .sort(),
      ["kube-ovn-controller", "ovn-central", "virt-operator"],
    );
  });
});
