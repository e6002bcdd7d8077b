import * as assert from "node:assert/strict";
import { create, patch, remove } from "./kubernetes-objects";
import { sharedCloud } from "./shared-cloud";
import {
  createPod,
  eventually,
  isTrue,
  list,
  NAMESPACE,
  namesOf,
  one,
  PODS,
  runningPod,
  TenantCloud,
  type TenantSettings,
  type Thing,
} from "./tenant-cloud";
import { rights } from "./tenant-rights";
import { CSI, volumes } from "./tenant-storage";

const SERVICES = "/api/v1/namespaces/default/services";
const NODES = "/api/v1/nodes";
const DEPLOYMENTS = `/apis/cluster.x-k8s.io/v1beta2/namespaces/${NAMESPACE}/machinedeployments`;
const BURST = { "example.com/purpose": "burst" };
const UNINITIALIZED = "node.cloudprovider.kubernetes.io/uninitialized";

/** A tenant with volumes, whose machines are given up and whose empty nodes go soon. */
function settings({ addons, nodePools, quota }: TenantSettings): void {
  // volumes have a controller too
  Object.assign(quota, { cpu: "64", memory: "160Gi" });
  Object.assign(nodePools["small"] ?? assert.fail(), { health: { unknownTimeoutSeconds: 30 } });
  addons["csi"] = CSI;
  addons["clusterAutoscaler"] = { scaleDownUnneededSeconds: 10, scaleDownDelayAfterAddSeconds: 0 };
}

/** The suites go on from one another: each leaves the tenant as it found it, but for names of machines. */
describe("a tenant whose controllers are outside of it", () => {
  const shared = sharedCloud();
  const cloud = new TenantCloud(shared);
  before(() => {
    // volumes and load balancers stay
    shared.spend();
    return cloud.deploy(settings);
  });

  describe("nodes and load balancers", () => loadBalancers(cloud));
  describe("rights", () => rights(cloud));
  describe("volumes", () => volumes(cloud));
  describe("a pool from none", () => poolFromNone(cloud));
  describe("after the loss", () => failures(cloud));
});

/** Taints by which Kubernetes and its controllers keep pods away, not those of pools. */
const taintsOf = ({ spec }: Thing) =>
  ((spec?.["taints"] ?? []) as { key: string }[]).map(({ key }) => key).filter((key) => key.startsWith("node."));
const addressesOf = ({ status }: Thing) =>
  ((status?.["addresses"] ?? []) as { type: string; address: string }[])
    .filter(({ type }) => type === "InternalIP")
    .map(({ address }) => address);

/** The nodes of the tenant, once each of its machines is one that pods may run on, and there are no others. */
function nodesOfMachines(cloud: TenantCloud): Promise<readonly Thing[]> {
  return eventually("each machine is a node that takes pods", async () => {
    const nodes = await list(cloud.tenant, NODES);
    const fit = nodes.every((each) => isTrue(each, "Ready") && taintsOf(each).length === 0);
    return fit && String(namesOf(nodes)) === String(namesOf(await cloud.instances())) ? nodes : undefined;
  });
}

function createService(cloud: TenantCloud, name: string, annotations: Record<string, string> = {}): Promise<void> {
  return create(cloud.tenant, SERVICES, {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "default", annotations },
    spec: {
      type: "LoadBalancer",
      selector: { app: name },
      ports: [{ name: "http", protocol: "TCP", port: 80, targetPort: 8080 }],
    },
  });
}

const addressOf = (service: Thing | undefined) => {
  const { ingress = [] } = (service?.status?.["loadBalancer"] ?? {}) as { ingress?: { ip: string }[] };
  return ingress[0]?.ip;
};

/** The address of a Service of the tenant, once it has one. */
const address = (cloud: TenantCloud, name: string) =>
  eventually(`Service ${name} has an address`, async () => addressOf(await one(cloud.tenant, `${SERVICES}/${name}`)));

/** Services of the management cluster that stand for one of the tenant. */
const behind = (cloud: TenantCloud, name: string) =>
  list(
    cloud.parent,
    `/api/v1/namespaces/${NAMESPACE}/services?labelSelector=cluster.x-k8s.io/tenant-service-name=${name}`,
  );

function loadBalancers(cloud: TenantCloud): void {
  it("are known by their machines, have their addresses, and take pods", async () => {
    const nodes = await nodesOfMachines(cloud);
    const machines = await cloud.instances();
    assert.ok(nodes.length > 0);
    for (const node of nodes) {
      const { name } = node.metadata;
      assert.equal(node.spec?.["providerID"], `kubevirt://${name}`);
      assert.ok(!taintsOf(node).includes(UNINITIALIZED));
      const { status } = machines.find(({ metadata }) => metadata.name === name) ?? assert.fail(name);
      const [network] = status?.["interfaces"] as { ipAddress: string }[];
      assert.deepEqual(addressesOf(node), [network?.ipAddress]);
    }
  });

  it("have an address of the platform, and lead to all machines of the tenant", async () => {
    await createService(cloud, "web");
    const given = await address(cloud, "web");
    assert.match(given, /^198\.51\.100\.\d+$/);
    const [outer, ...others] = await behind(cloud, "web");
    assert.ok(outer !== undefined && others.length === 0);
    assert.equal(addressOf(outer), given);
    const selector = Object.entries(outer.spec?.["selector"] as Record<string, string>);
    assert.ok(selector.length > 0);
    for (const { metadata } of await cloud.instances()) {
      for (const [key, value] of selector) assert.equal(metadata.labels?.[key], value, metadata.name);
    }
    const inner = await one(cloud.tenant, `${SERVICES}/web`);
    const [port] = outer.spec?.["ports"] as { port: number; targetPort: number }[];
    const [own] = inner?.spec?.["ports"] as { port: number; nodePort: number }[];
    assert.deepEqual([port?.port, port?.targetPort], [own?.port, own?.nodePort]);
  });

  it("have the annotations of the Service of the tenant", async () => {
    await createService(cloud, "annotated", { "example.com/owner": "shop" });
    await address(cloud, "annotated");
    const [outer] = await behind(cloud, "annotated");
    assert.equal(outer?.metadata.annotations?.["example.com/owner"], "shop");
    await remove(cloud.tenant, `${SERVICES}/annotated`);
  });

  it("ask for no address of the platform", async () => {
    await createService(cloud, "greedy", { "metallb.io/loadBalancerIPs": "198.51.100.77" });
    const refusal = await eventually("the tenant is told", async () => {
      const events = await list(cloud.tenant, "/api/v1/namespaces/default/events");
      const said = (events as readonly (Thing & { message?: string })[]).map(({ message = "" }) => message);
      return said.find((each) => each.includes("metallb.io/loadBalancerIPs"));
    });
    assert.match(refusal, /tenant-services.*are the platform's to set; remove them from the Service/);
    assert.deepEqual(await behind(cloud, "greedy"), []);
    // the annotation alone was in the way
    await patch(cloud.tenant, `${SERVICES}/greedy`, {
      metadata: { annotations: { "metallb.io/loadBalancerIPs": null } },
    });
    await address(cloud, "greedy");
    await remove(cloud.tenant, `${SERVICES}/greedy`);
  });

  it("go with the Service of the tenant", async () => {
    await remove(cloud.tenant, `${SERVICES}/web`);
    await eventually("nothing is left of it", async () => {
      const inner = await one(cloud.tenant, `${SERVICES}/web`);
      return inner === undefined && (await behind(cloud, "web")).length === 0 ? true : undefined;
    });
  });
}

/** Lets a pod wait that only machines of the pool can run. */
const createBurst = (cloud: TenantCloud, name: string) =>
  createPod(cloud.tenant, name, {
    nodeSelector: BURST,
    tolerations: [{ key: "example.com/purpose", operator: "Exists" }],
    containers: [{ name, image: "registry.example/job:1", resources: { requests: { cpu: "1", memory: "1Gi" } } }],
  });

/** When the pool has that many machines, and wants no others. */
const burst = (cloud: TenantCloud, count: number) =>
  eventually(`${count} machines of burst`, async () => {
    const pool = await one(cloud.parent, `${DEPLOYMENTS}/acme-burst`);
    const machines = await cloud.instances("burst");
    return pool?.spec?.["replicas"] === count && machines.length === count ? machines : undefined;
  });

function poolFromNone(cloud: TenantCloud): void {
  it("grows for a pod that only it can run, and has none when the pod is gone", async () => {
    await burst(cloud, 0);
    await createBurst(cloud, "job");
    const pod = await runningPod(cloud.tenant, "job");
    const [machine] = await burst(cloud, 1);
    assert.equal(pod.spec?.["nodeName"], machine?.metadata.name);
    await remove(cloud.tenant, `${PODS}/job`);
    await burst(cloud, 0);
    await nodesOfMachines(cloud);
  });

  it("stays as it is for a pod that has room elsewhere", async () => {
    await createPod(cloud.tenant, "small", { containers: [{ name: "small", image: "registry.example/job:1" }] });
    await runningPod(cloud.tenant, "small");
    await remove(cloud.tenant, `${PODS}/small`);
    assert.equal((await cloud.instances("burst")).length, 0);
  });
}

function failures(cloud: TenantCloud): void {
  it("of the cloud controller, load balancers are made again", async () => {
    await cloud.kill("cloud-controller");
    await createService(cloud, "after-controller");
    await address(cloud, "after-controller");
  });

  it("of the autoscaler, before it has added a machine and before it takes one away, the pool grows and shrinks", async () => {
    await createBurst(cloud, "survivor");
    await cloud.kill("cluster-autoscaler");
    await runningPod(cloud.tenant, "survivor");
    await remove(cloud.tenant, `${PODS}/survivor`);
    await cloud.kill("cluster-autoscaler");
    await burst(cloud, 0);
  });

  /** Replaces machines of a pool that have failed, and no others. */
  async function replaced(choose: (pool: readonly Thing[]) => readonly Thing[]): Promise<void> {
    const before = await cloud.instances("small");
    const lost = choose(before);
    assert.ok(before.length === 2 && lost.length > 0);
    for (const each of lost) await cloud.end(each, "Failed");
    await eventually("other machines are there for those that failed", async () => {
      const names = namesOf(await cloud.instances("small"));
      return names.length === 2 && !namesOf(lost).some((each) => names.includes(each)) ? true : undefined;
    });
    await nodesOfMachines(cloud);
    const kept = namesOf(before).filter((each) => !namesOf(lost).includes(each));
    const now = namesOf(await cloud.instances("small"));
    assert.ok(kept.every((each) => now.includes(each)));
  }

  it("of one machine, another one takes its place", () => replaced((pool) => pool.slice(0, 1)));

  it("of all machines of a pool at once, others take their places, and load balancers stay", async () => {
    const before = await address(cloud, "after-controller");
    await replaced((pool) => pool);
    assert.equal(await address(cloud, "after-controller"), before);
  });

  it("of a machine with a disk, it is the node that it was", async () => {
    const [machine, ...others] = await cloud.instances("large");
    assert.ok(machine !== undefined && others.length === 0);
    const { name, uid } = machine.metadata;
    const node = await one(cloud.tenant, `${NODES}/${name}`);
    await cloud.end(machine, "Succeeded");
    await eventually("it has started again", async () => {
      const [now] = await cloud.instances("large");
      return now !== undefined && now.metadata.name === name && now.metadata.uid !== uid ? true : undefined;
    });
    await nodesOfMachines(cloud);
    assert.equal((await one(cloud.tenant, `${NODES}/${name}`))?.metadata.uid, node?.metadata.uid);
  });

  it("of the tenant's API, no machine is replaced, and all controllers go on", async () => {
    const before = namesOf(await cloud.instances());
    await cloud.kill("tenant-tenant-acme.acme-kube-apiserver");
    await nodesOfMachines(cloud);
    await createService(cloud, "after-api");
    await address(cloud, "after-api");
    await createBurst(cloud, "after-api");
    await runningPod(cloud.tenant, "after-api");
    await remove(cloud.tenant, `${PODS}/after-api`);
    await burst(cloud, 0);
    assert.deepEqual(namesOf(await cloud.instances()), before);
  });
}
