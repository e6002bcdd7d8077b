import * as assert from "node:assert/strict";
import { Tier } from "./args.generated";
import { TenantCluster } from "./tenant-cluster";
import { only, type Registration, run, UNKNOWN, type World } from "../../test/support/registrations";
import { kubeconfig, tenantArgs, world } from "./tenant.fixture";

const NAMESPACE = "kubernetes:core/v1:Namespace";
const SECRET = "kubernetes:core/v1:Secret";
const PROVIDER = "pulumi:providers:kubernetes";
const RELEASE = "kubernetes:helm.sh/v3:Release";
const CLUSTER = "kubernetes:cluster.x-k8s.io/v1beta2:Cluster";
const DEPLOYMENT = "kubernetes:cluster.x-k8s.io/v1beta2:MachineDeployment";
const CONTROL_PLANE = "kubernetes:controlplane.cluster.x-k8s.io/v1alpha2:KamajiControlPlane";

const deploy = (change = {}, where: World = world) =>
  run(() => {
    const { kubeconfig: secret, endpoint, namespace } = new TenantCluster("acme", tenantArgs(change));
    return { kubeconfig: secret, endpoint, namespace };
  }, where);

/** Names of everything that must exist before the resource does. */
function ancestors(resources: readonly Registration[], resource: Registration): Set<string> {
  const found = new Set<string>();
  const visit = ({ dependsOn, provider }: Registration) => {
    for (const name of [...dependsOn, ...(provider === undefined ? [] : [provider])]) {
      if (found.has(name)) continue;
      found.add(name);
      resources.filter((each) => each.custom && each.name === name).forEach(visit);
    }
  };
  visit(resource);
  return found;
}

describe("TenantCluster", () => {
  it("boots no machine before the control plane is ready and the pod network is applied", async () => {
    const { resources } = await deploy();
    for (const machines of resources.filter(({ type }) => type === DEPLOYMENT)) {
      const before = ancestors(resources, machines);
      for (const name of ["acme-control-plane", "acme-cni", "acme-cluster", "acme-default-deny"]) {
        assert.ok(before.has(name), `${machines.name} is not made after ${name}`);
      }
    }
  });

  it("runs nothing in the namespace before it is closed, and applies the network without waiting for nodes", async () => {
    const { resources } = await deploy();
    const restrictions = resources.filter(({ type }) => /:(ResourceQuota|LimitRange|NetworkPolicy)$/.test(type));
    assert.equal(restrictions.length, 11);
    const { dependsOn } = only(resources, CLUSTER);
    for (const { name } of restrictions) assert.ok(dependsOn.includes(name), name);
    const release = only(resources, RELEASE, "acme-cni");
    assert.equal(release.inputs["skipAwait"], true);
    assert.ok(!ancestors(resources, release).has("acme-small-machines"));
  });

  it("is deleted by deleting its Cluster, then its namespace", async () => {
    const { resources } = await deploy();
    const cluster = only(resources, CLUSTER);
    assert.equal(cluster.deletedWith, undefined);
    // in the foreground, what the Cluster owns would be gone before its controllers have come to it
    assert.match(JSON.stringify(cluster.inputs["metadata"]), /"pulumi\.com\/deletionPropagationPolicy":"background"/);
    assert.ok(ancestors(resources, cluster).has("acme-namespace"), "the namespace outlives the Cluster");
    const owned = resources.filter(({ type, read }) => !read && /cluster\.x-k8s\.io|:Release$/.test(type));
    for (const { name, deletedWith } of owned.filter(({ type }) => type !== CLUSTER)) {
      assert.equal(deletedWith, "acme-cluster", `${name} would be deleted beneath the Cluster`);
    }
    assert.equal(only(resources, NAMESPACE).deletedWith, undefined);
  });

  it("leaves nothing behind silently", async () => {
    const { resources } = await deploy();
    assert.deepEqual(
      resources.filter(({ retainOnDelete }) => retainOnDelete),
      [],
    );
  });

  it("is protected in production, and only there", async () => {
    const protectedNames = async (tier: Tier) =>
      (await deploy({ tier })).resources.filter((each) => each.protect).map(({ name }) => name);
    assert.deepEqual(await protectedNames(Tier.Production), [
      "acme-namespace",
      "acme-cluster",
      "acme-control-plane",
      "acme-retire-with-tier-development",
    ]);
    assert.deepEqual(await protectedNames(Tier.Development), []);
  });

  // The engine (Pulumi 3.259, run) deletes in the order of dependencies and drops what is deleted with another resource
  // from the state when its turn comes. With the Cluster alone protected, a destroy without preview dropped eleven
  // resources that still ran before it stopped there, and no later deployment could make them again.
  it("is not begun to be deleted in production: what is asked for first is protected", async () => {
    for (const tier of Object.values(Tier)) {
      const { resources } = await deploy({ tier });
      const first = only(resources, "firmament:tenant:Retirement", "acme-retire-with-tier-development");
      assert.equal(first.protect, tier === Tier.Production);
      const before = ancestors(resources, first);
      const kept = resources.filter(({ custom, read }) => custom && !read).map(({ name }) => name);
      assert.deepEqual(
        kept.filter((name) => !before.has(name)),
        [],
      );
      for (const { name, dependsOn } of resources) assert.ok(!dependsOn.includes(first.name), name);
    }
  });

  it("shows at every run what its owner may not expect", async () => {
    const shown: unknown[] = [];
    const warn = console.warn;
    console.warn = (line: unknown) => void shown.push(line);
    try {
      await deploy({ kubernetesVersion: "v1.34.2" });
    } finally {
      console.warn = warn;
    }
    assert.equal(shown.length, 3);
    assert.match(String(shown[2]), /tenant\.addons\.csi: no image — the cluster has no StorageClass/);
    assert.match(String(shown[1]), /tenant\.nodePools\.spot\.image: .* — its machines run v1\.34\.1, not v1\.34\.2/);
  });

  // up to now the deployment ended 30 minutes after the roll had begun, finished or not
  it("gives a pool's roll the time that all its machines may take, one after the other", async () => {
    const { resources } = await deploy();
    const { customTimeouts } = only(resources, DEPLOYMENT, "acme-small-machines");
    assert.deepEqual(customTimeouts, { create: "1800s", update: "3000s", delete: "3000s" });
  });

  it("gives its kubeconfig away as a secret only", async () => {
    const { outputs, secretOutputs, resources } = await deploy();
    assert.equal(outputs["kubeconfig"], kubeconfig);
    assert.deepEqual(secretOutputs, ["kubeconfig"]);
    assert.deepEqual(only(resources, PROVIDER, "acme-api").secrets, ["kubeconfig"]);
    for (const { name, inputs, secrets } of resources) {
      if (!secrets.includes("kubeconfig"))
        assert.ok(!JSON.stringify(inputs).includes("hush"), `${name} holds the token`);
    }
  });

  it("says where its API is", async () => {
    const { outputs, resources } = await deploy();
    assert.equal(outputs["endpoint"], "https://198.51.100.7:6443");
    assert.equal(outputs["namespace"], "tenant-acme");
    const { values } = only(resources, RELEASE, "acme-cni").inputs as { values: Record<string, unknown> };
    assert.deepEqual([values["k8sServiceHost"], values["k8sServicePort"]], ["198.51.100.7", 6443]);
  });

  it("keeps its provider through new credentials and addresses", async () => {
    const { inputs } = only((await deploy()).resources, PROVIDER, "acme-api");
    assert.equal(inputs["clusterIdentifier"], "tenant-acme/acme");
  });

  // `deleteUnreachable` of the Kubernetes provider (pulumi-kubernetes 4.34) takes out of the state everything that a refresh
  // cannot reach, protected or not: after an outage of seconds no release could be deployed again, for its name is in
  // use. Removal needs no such option: the engine does not ask for what is deleted with the Cluster.
  it("forgets nothing of a tenant whose API does not answer for a moment, and asks it nothing when it goes", async () => {
    const { resources } = await deploy();
    const { inputs } = only(resources, PROVIDER, "acme-api");
    assert.deepEqual(Object.keys(inputs).sort(), ["clusterIdentifier", "kubeconfig"]);
    const inside = resources.filter(({ provider }) => provider === "acme-api");
    assert.ok(inside.length > 0);
    for (const { name, deletedWith } of inside) assert.equal(deletedWith, "acme-cluster", name);
  });

  it("puts into the tenant's API what belongs there, and nothing else", async () => {
    const { resources } = await deploy();
    const inside = resources.filter(({ provider }) => provider === "acme-api").map(({ name }) => name);
    // accounts of controllers that run outside
    const own = inside.filter((name) => !/-access-/.test(name));
    assert.deepEqual(own.sort(), ["acme-cni", "acme-kubelet-certificates", "acme-metrics-server"]);
  });

  it("reads the kubeconfig once the control plane is ready", async () => {
    const secret = only((await deploy()).resources, SECRET, "acme-kubeconfig");
    assert.deepEqual([secret.read, secret.id], [true, "tenant-acme/acme-kubeconfig"]);
    assert.ok(secret.dependsOn.includes("acme-control-plane"));
    const annotations = (only((await deploy()).resources, CONTROL_PLANE).inputs["metadata"] as { annotations: object })
      .annotations;
    assert.match(JSON.stringify(annotations), /status\.ready}=true.*status\.version}=v1\.34\.1/);
  });

  describe("in a preview", () => {
    const notReady: World = {
      ...world,
      state: (type, ...rest) => (type === CONTROL_PLANE ? { status: { ready: false } } : world.state?.(type, ...rest)),
    };

    it("reads no kubeconfig before there is a control plane", async () => {
      const { resources } = await deploy({}, { ...world, preview: true, state: () => undefined });
      assert.equal(only(resources, SECRET, "acme-kubeconfig").id, UNKNOWN);
    });

    it("reads no kubeconfig of a control plane that is not ready", async () => {
      const { resources } = await deploy({}, { ...notReady, preview: true });
      assert.equal(only(resources, SECRET, "acme-kubeconfig").id, UNKNOWN);
    });

    it("shows everything all the same", async () => {
      const names = (where: World) =>
        deploy({}, where).then(({ resources }) => resources.map(({ name }) => name).sort());
      assert.deepEqual(await names({ ...notReady, preview: true }), await names(world));
    });

    it("reads the kubeconfig of a control plane that is ready", async () => {
      const { resources } = await deploy({}, { ...world, preview: true });
      assert.equal(only(resources, SECRET, "acme-kubeconfig").id, "tenant-acme/acme-kubeconfig");
    });
  });

  it("registers nothing when its arguments contradict each other", async () => {
    const seen: unknown[] = [];
    const watched: World = { ...world, watch: (...all) => void seen.push(all) };
    await assert.rejects(
      deploy({ quota: { cpu: "2", memory: "1Gi", storage: "1Gi" } }, watched),
      /tenant\.quota\.cpu: 2 — machines/,
    );
    assert.deepEqual(seen, []);
  });
});
