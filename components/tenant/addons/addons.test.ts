import * as assert from "node:assert/strict";
import { only, type Registration, run } from "../../../test/support/registrations";
import type { TenantAddon } from "../addon";
import { capabilityProblems, inOrder } from "../addon-order";
import { contradictions } from "../rules";
import { joinOf } from "../pool.fixture";
import { planTenant } from "../tenant-plan";
import { PlannedTenant } from "../tenant-resources";
import { tenantMetadata } from "../names";
import { tenantArgs, tenantOf, world } from "../tenant.fixture";
import { cilium } from "./cilium";
import { clusterAutoscaler } from "./cluster-autoscaler";
import { ADDONS, installedAddons } from ".";
import { addonSettings } from "./settings";

const GIB = 2 ** 30;

/** An add-on that uses everything that the interface offers. */
const storage: TenantAddon = {
  name: "storage",
  description: "Volumes.",
  provides: [],
  needs: ["pod-network"],
  management: ({ name }) => ({
    objects: [
      {
        suffix: "storage-account",
        object: { apiVersion: "v1", kind: "ServiceAccount", metadata: tenantMetadata(name, "storage") },
      },
      {
        suffix: "storage-role",
        object: { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "acme-storage" } },
      },
      {
        suffix: "storage-controller",
        object: { apiVersion: "apps/v1", kind: "Deployment", metadata: tenantMetadata(name, "storage"), spec: {} },
      },
    ],
    networkPolicies: [
      {
        name: "storage",
        spec: { podSelector: { matchLabels: { app: "storage" } }, policyTypes: ["Egress"], egress: [{}] },
      },
    ],
    demand: { cpu: 2, memory: GIB, pods: 2 },
    access: [
      {
        name: "storage",
        rights: {
          cluster: [{ apiGroups: [""], resources: ["persistentvolumes"], verbs: ["get"] }],
          namespaces: {
            "kube-system": [{ apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get"] }],
            data: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }],
          },
        },
      },
    ],
  }),
  cluster: () => ({
    releases: [
      {
        suffix: "storage-driver",
        name: "driver",
        namespace: "kube-system",
        chart: { repository: "oci://charts.example/all/", chart: "driver", version: "1.2.3" },
        values: () => ({}),
      },
    ],
    objects: [
      {
        suffix: "storage-class",
        object: {
          apiVersion: "storage.k8s.io/v1",
          kind: "StorageClass",
          metadata: { name: "standard" },
          provisioner: "csi.example",
        },
      },
    ],
  }),
  nodes: (_tenant, pool) => ({
    labels: { "example.com/storage": "true" },
    taints: [{ key: "example.com/not-ready", effect: "NoExecute" }],
    annotations: { "example.com/cores": String(pool.cpus) },
    kubeletArgs: { "cloud-provider": "external" },
  }),
};

const deploy = (addons: readonly TenantAddon[]) =>
  run(() => void new PlannedTenant("acme", planTenant(tenantOf(), addons)), world);

describe("add-ons of tenants", () => {
  it("have settings, all of them, and no others", () => {
    assert.deepEqual(ADDONS.map(({ name }) => name).sort(), Object.keys(addonSettings.shape).sort());
  });

  it("come after what they need, in any order of the list, with all needs met", () => {
    for (const list of [ADDONS, [...ADDONS].reverse()]) {
      const ordered = inOrder(list);
      assert.deepEqual(new Set(ordered), new Set(ADDONS));
      ordered.forEach(({ needs }, index) => {
        const before = ordered.slice(0, index).flatMap(({ provides }) => provides);
        assert.deepEqual(
          needs.filter((need) => !before.includes(need)),
          [],
        );
      });
    }
    assert.deepEqual(inOrder([storage, cilium]), [cilium, storage]);
    assert.deepEqual(capabilityProblems(installedAddons(tenantOf())), []);
  });

  it("are refused when two provide the same, or none does", () => {
    const rules = (addons: readonly TenantAddon[]) =>
      capabilityProblems(addons).map(({ given, rule }) => [given, rule]);
    const second = { ...cilium, name: "calico" };
    const machines = "machines need exactly one that provides pod-network";
    assert.deepEqual(rules([cilium, second]), [["cilium and calico", machines]]);
    assert.deepEqual(rules([storage]), [
      ["no add-on", "machines and storage need exactly one that provides pod-network"],
    ]);
  });

  it("count against the quota with what runs in the tenant's namespace", () => {
    const { cpu } = tenantArgs().quota;
    const tenant = tenantOf();
    const heavy = { ...storage, management: () => ({ ...empty, demand: { cpu: Number(cpu), memory: 0, pods: 0 } }) };
    assert.deepEqual(contradictions(tenant, { addons: [cilium, clusterAutoscaler, storage] }), []);
    assert.deepEqual(
      contradictions(tenant, { addons: [cilium, clusterAutoscaler, heavy] }).map(({ where }) => where),
      ["tenant.quota.cpu"],
    );
  });
});

const empty = { objects: [], networkPolicies: [] };

describe("an add-on with two sides", () => {
  let resources: readonly Registration[];
  const named = (suffix: string) => {
    const found = resources.find(({ name }) => name === `acme-${suffix}`);
    assert.ok(found !== undefined, suffix);
    return found;
  };

  before(async () => {
    ({ resources } = await deploy([cilium, storage]));
  });

  it("has its controller in the tenant's namespace once the control plane is ready, through the parent's provider", () => {
    for (const [suffix, type] of [
      ["storage-account", "kubernetes:core/v1:ServiceAccount"],
      ["storage-controller", "kubernetes:apps/v1:Deployment"],
    ] as const) {
      const made = named(suffix);
      assert.equal(made.type, type);
      assert.notEqual(made.provider, "acme-api");
      assert.equal(made.deletedWith, "acme-namespace", "it frees what the cluster holds, so it outlives it");
      assert.ok(made.dependsOn.includes("acme-control-plane") && made.dependsOn.includes("acme-cni"), suffix);
      assert.equal((made.inputs["metadata"] as { namespace: string }).namespace, "tenant-acme");
    }
  });

  it("deletes itself what is in no namespace", () => {
    assert.equal(named("storage-role").deletedWith, undefined);
  });

  it("has release and objects in the tenant's API, after what it needs", () => {
    for (const suffix of ["storage-driver", "storage-class"]) {
      const made = named(suffix);
      assert.deepEqual([made.provider, made.deletedWith, made.parent], ["acme-api", "acme-cluster", "acme"]);
      assert.ok(made.dependsOn.includes("acme-cni"), suffix);
    }
    const { chart, version, repositoryOpts, atomic, skipAwait } = named("storage-driver").inputs;
    assert.deepEqual([chart, version, repositoryOpts], ["oci://charts.example/all/driver", "1.2.3", undefined]);
    assert.deepEqual([atomic, skipAwait], [true, false]);
  });

  it("has an account in the tenant with its rights, and a token of it that is asked for when those are there", () => {
    const account = { name: "firmament-storage", namespace: "kube-system" };
    const subjects = [{ kind: "ServiceAccount", ...account }];
    const rights = ["cluster-role", "cluster-role-binding", "role", "role-data", "account"];
    for (const part of rights) assert.equal(named(`storage-access-${part}`).provider, "acme-api", part);
    for (const part of ["cluster-role-binding", "role-binding", "role-binding-data"])
      assert.deepEqual(named(`storage-access-${part}`).inputs["subjects"], subjects);
    const { inputs, dependsOn, deletedWith } = named("storage-access-token");
    assert.equal(inputs["type"], "kubernetes.io/service-account-token");
    assert.equal(deletedWith, "acme-cluster");
    for (const part of rights) assert.ok(dependsOn.includes(`acme-storage-access-${part}`), part);
  });

  it("reaches the tenant by its Service as that account, never as the administrator", () => {
    const { inputs, secrets, provider } = named("storage-kubeconfig");
    assert.notEqual(provider, "acme-api");
    assert.ok(secrets.some((path) => path.startsWith("data")));
    const { metadata, data } = inputs as { metadata: { name: string }; data: { value: string } };
    assert.equal(metadata.name, "storage-kubeconfig");
    const text = Buffer.from(data.value, "base64").toString("utf8");
    assert.match(text, /server: https:\/\/acme\.tenant-acme\.svc:6443\n/);
    assert.match(text, /token: token\n/);
    assert.ok(!text.includes("hush"), "the administrator's token");
  });

  it("waits for its rights and its kubeconfig, and restarts when that is another one", () => {
    const { inputs, dependsOn, secrets } = named("storage-controller");
    for (const name of ["storage-account", "storage-role", "storage-kubeconfig", "storage-access-role-data"])
      assert.ok(dependsOn.includes(`acme-${name}`), name);
    const { spec } = inputs as { spec: { template: { metadata: { annotations: Record<string, string> } } } };
    assert.match(spec.template.metadata.annotations["firmament.example/kubeconfig"] ?? "", /^[0-9a-f]{16}$/);
    assert.deepEqual(secrets, []);
  });

  it("opens its traffic among the namespace's policies, in force before the cluster is made", () => {
    const policy = named("storage");
    assert.equal(policy.type, "kubernetes:networking.k8s.io/v1:NetworkPolicy");
    assert.equal((policy.inputs["metadata"] as { namespace: string }).namespace, "tenant-acme");
    assert.ok(only(resources, "kubernetes:cluster.x-k8s.io/v1beta2:Cluster").dependsOn.includes("acme-storage"));
  });

  it("holds machines back only where it provides what they need", () => {
    const { dependsOn } = named("small-machines");
    assert.ok(dependsOn.includes("acme-cni"));
    assert.ok(!dependsOn.some((name) => name.startsWith("acme-storage")));
  });

  it("changes nodes, and new machines are made for it", () => {
    const plan = (addons: readonly TenantAddon[]) => planTenant(tenantOf(), addons).nodePools[0];
    const [before, after] = [plan([cilium]), plan([cilium, storage])];
    assert.ok(before !== undefined && after !== undefined);
    assert.deepEqual(joinOf(after).joinConfiguration.nodeRegistration, {
      criSocket: "unix:///var/run/containerd/containerd.sock",
      kubeletExtraArgs: [
        { name: "node-labels", value: "example.com/storage=true" },
        { name: "cloud-provider", value: "external" },
        { name: "system-reserved", value: "cpu=100m,memory=256Mi" },
      ],
      taints: [{ key: "example.com/not-ready", effect: "NoExecute" }],
    });
    assert.equal(after.machineDeployment.metadata.annotations?.["example.com/cores"], "2");
    assert.notEqual(after.bootstrapTemplate.metadata.name, before.bootstrapTemplate.metadata.name);
    assert.equal(after.machineTemplate.metadata.name, before.machineTemplate.metadata.name);
  });
});
