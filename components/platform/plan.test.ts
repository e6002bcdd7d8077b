import * as assert from "node:assert/strict";
import { lockedChart, readChartLock } from "./charts/lock";
import { component } from "./component";
import { platformNetworks, refuseNetworkOverlaps } from "./networks";
import { at, management, objectOf, parsed, plan, ROOT, valuesOf } from "./platform.fixture";
import { planPlatform, tenantPodNetwork, tenantStorageClass } from "./plan";
import { COMPONENTS } from "./registry";
import { Cidr } from "../core/cidr";

const lock = readChartLock(ROOT);
const sourceOf = (chart: string, mirror: object) => {
  const stage = plan({ change: { mirror } }).stages.find(({ name }) => name === chart);
  return stage !== undefined && "release" in stage ? stage.release.source : assert.fail(chart);
};
const localOnly = {
  tier: "development",
  storage: {},
  components: { piraeus: { enabled: false }, "local-path": { enabled: true } },
};

describe("the plan of a platform", () => {
  it("protects data in production only", () => {
    assert.equal(plan().protect, true);
    assert.equal(plan({ change: { tier: "development" } }).protect, false);
  });

  it("merges values of the settings over its own: maps key by key, lists as a whole", () => {
    const values = { cilium: { hubble: { enabled: true }, securityContext: { capabilities: { ciliumAgent: ["A"] } } } };
    const merged = valuesOf(plan({ change: { values } }), "cilium");
    assert.equal(at(merged, "hubble.enabled"), true);
    assert.equal(at(merged, "cni.chainingMode"), "generic-veth");
    assert.deepEqual(at(merged, "securityContext.capabilities.ciliumAgent"), ["A"]);
  });

  it("refuses values for a chart that the platform does not have, and for one that is switched off", () => {
    assert.throws(
      () => plan({ change: { values: { celium: {} } } }),
      /platform\.values\.celium: no such chart — must be one of .*cilium/,
    );
    assert.throws(
      () => plan({ change: { components: { multus: { enabled: false } }, values: { multus: {} } } }),
      /platform\.values\.multus: a chart of multus, which is switched off/,
    );
  });

  it("takes charts from the mirror, from upstream, or from files made of upstream's sources", () => {
    const repo = "https://charts.example";
    assert.deepEqual(sourceOf("multus", { charts: repo }), {
      chart: "multus",
      version: "4.3.0",
      repositoryOpts: { repo },
    });
    assert.equal(sourceOf("cert-manager", {}).repositoryOpts?.repo, "https://charts.jetstack.io");
    assert.equal(sourceOf("kube-ovn-v2", {}).chart, "oci://ghcr.io/kubeovn/charts/kube-ovn-v2");
    assert.equal(sourceOf("multus", {}).chart, "./charts/multus-4.3.0.tgz");
  });

  it("says how to get every chart that upstream has no repository for, all at once", () => {
    const vendored = (path: string) => (/multus|kamaji-crds/.test(path) ? undefined : "any");
    assert.throws(
      () => plan({ change: { mirror: {} }, vendored }),
      /charts\.multus: no file \.\/charts\/multus-4\.3\.0\.tgz — [^]*`npm run charts`[^]*charts\.kamaji-crds: no file/,
    );
  });

  it("refuses a chart file that is not the one of the lock", () => {
    const pinned = { ...lock, multus: { ...lockedChart(lock, "multus"), digest: "aa" } };
    const install = (digest: string) =>
      plan({
        change: { mirror: {} },
        lock: pinned,
        vendored: (path) => (path.includes("multus") ? digest : "any"),
      });
    assert.throws(() => install("bb"), /charts\.multus: .* has sha256 bb — must have sha256 aa/);
    assert.ok(install("aa").stages.length > 0);
  });

  it("refuses to install what is not in the lock, all of it at once", () => {
    assert.throws(() => plan({ lock: {} }), {
      name: "InvalidInput",
      message: /cilium: not in the lock[^]*cluster-api-operator: not in the lock/,
    });
  });

  it("names no image without a mirror, and moves all of them with one, with or without a slash at its end", () => {
    // everything but where charts come from
    const content = (change: object) =>
      JSON.stringify(
        plan({ change }).stages.map((stage) => ("release" in stage ? stage.release.values : stage.objects)),
      );
    const mirrored = (images: string) => content({ mirror: { images } });
    const hosts = /.{20}(quay\.io|ghcr\.io|docker\.io|registry\.k8s\.io|mirror\/\/).{20}/;
    assert.equal(hosts.exec(content({ mirror: {} }))?.[0], undefined);
    assert.equal(hosts.exec(mirrored("registry.example/mirror//"))?.[0], undefined);
    assert.ok(mirrored("registry.example/mirror/") === mirrored("registry.example/mirror"));
  });

  it("refuses components that do not agree on a namespace they share", () => {
    const stranger = component({
      name: "stranger",
      description: "Uses a namespace of another component.",
      group: "cluster-api",
      namespaces: { "kamaji-system": { podSecurity: "restricted" } },
      stages: [],
    });
    assert.throws(
      () => plan({ components: [...COMPONENTS, stranger] }),
      /namespace kamaji-system: baseline, restricted — kamaji and kamaji-etcd and stranger must agree/,
    );
  });

  it("refuses components that do not fit, even if the settings were parsed for others", () => {
    const components = COMPONENTS.filter(
      ({ stages }) => !stages.some(({ provides = [] }) => provides.includes("load-balancer")),
    );
    assert.throws(
      () => planPlatform(parsed(), management, { lock, vendored: () => "any", components }),
      /load-balancer: provided by no component .*add a component that provides it/,
    );
  });
});

describe("a platform with alternatives", () => {
  it("has another load balancer, and a network that announces addresses only then", () => {
    const components = { metallb: { enabled: false }, "cilium-lb-ipam": { enabled: true } };
    const made = plan({ change: { components } });
    assert.ok(!made.stages.some(({ name }) => name === "metallb"));
    assert.equal("metallb-system" in made.namespaces, false);
    assert.equal(at(valuesOf(made, "cilium"), "l2announcements.enabled"), true);
    assert.equal(at(valuesOf(plan(), "cilium"), "l2announcements"), undefined);
    assert.equal(objectOf(made, "services-pool").kind, "CiliumLoadBalancerIPPool");
  });

  it("has local volumes only, which tenants get as well, and no LINSTOR", () => {
    const made = plan({ change: localOnly });
    assert.equal(tenantStorageClass(made), "local");
    assert.equal(tenantStorageClass(plan()), "replicated");
    assert.ok(!JSON.stringify(made.stages).includes("linstor"));
    assert.equal(at(valuesOf(made, "kamaji-etcd"), "persistentVolumeClaim.storageClassName"), "local");
    const { metadata } = objectOf(made, "local");
    assert.equal(metadata.annotations?.["storageclass.kubernetes.io/is-default-class"], "true");
  });
});

describe("what a platform gives to tenants", () => {
  it("is its own pod network's chart, from the mirror where there is one", () => {
    const repository = "https://charts.example";
    assert.deepEqual(tenantPodNetwork(plan(), lock), { chart: "cilium", version: lock["cilium"]?.version, repository });
    assert.equal(tenantPodNetwork(plan({ change: { mirror: {} } }), lock).repository, "https://helm.cilium.io");
  });

  it("is refused without a repository, which programs of tenants install from", () => {
    const { repository: _, ...locked } = lockedChart(lock, "cilium");
    const without = { ...lock, cilium: locked };
    assert.throws(
      () => tenantPodNetwork(plan({ change: { mirror: {} }, lock: without }), without),
      /cilium: no repository — tenants install their pod network from a repository/,
    );
  });
});

describe("the networks of a platform", () => {
  it("are listed by the settings that name them", () => {
    const networks = platformNetworks(parsed());
    assert.equal(String(networks["platform.networking.joinCidr"]), "100.64.0.0/16");
    assert.equal(String(networks["platform.networking.loadBalancerCidrs.0"]), "198.51.100.0/24");
  });

  it("must not overlap each other or those of the machines; only load balancers may be among the machines", () => {
    const overlap = (where: string, network: string) => () =>
      refuseNetworkOverlaps(parsed(), [{ where, network: Cidr.parse(network) }]);
    assert.doesNotThrow(overlap("base.network.nodeCidrs.0", "198.51.100.0/24"));
    assert.throws(overlap("base.network.podCidrs.0", "198.51.100.0/24"), /loadBalancerCidrs\.0: 198\.51\.100\.0\/24/);
    assert.throws(overlap("base.network.nodeCidrs.0", "10.244.0.0/24"), /platform\.networking\.podCidr/);
  });
});
