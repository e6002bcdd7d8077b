import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse, stringify } from "yaml";
import { Daemon } from "../../sandbox/daemon";
import type { Report } from "../../sandbox/report";
import { create, get, patch, remove } from "./kubernetes-objects";
import { TestSandbox } from "./support";

interface Thing {
  readonly metadata: { readonly name: string; readonly labels?: Record<string, string> };
  readonly spec?: Record<string, unknown>;
  readonly status?: Record<string, unknown>;
}

const CLAIMS = "/api/v1/namespaces/default/persistentvolumeclaims";
const PODS = "/api/v1/namespaces/default/pods";
const PARENT = "/api/v1/namespaces/tenant-acme/persistentvolumeclaims";

const STACK = "tenant.sandbox.acme";
const SETTINGS = {
  image: `quay.io/kubevirt/kubevirt-csi-driver@sha256:${"0".repeat(64)}`,
  storageClasses: {
    fast: { class: "replicated", isDefault: true },
    keep: { class: "replicated", reclaimPolicy: "Retain", bindingMode: "Immediate" },
  },
  volumesOnDelete: "delete",
};

/** Volumes inside a tenant: claims of its own become claims of the management cluster, and disks of its machines. */
describe("volumes of a tenant", () => {
  const sandbox = TestSandbox.create();
  let first: Report;
  before(async () => {
    first = await sandbox.start();
    const file = path.join(sandbox.layout.workspace, "Pulumi.tenant.sandbox.acme.yaml");
    const stack = parse(fs.readFileSync(file, "utf8")) as { config: { "firmament:tenant": { addons: object } } };
    stack.config["firmament:tenant"].addons = { csi: SETTINGS };
    fs.writeFileSync(file, stringify(stack));
    const { code, stdout, stderr } = await sandbox.pulumi(["up", "--yes", "--skip-preview", "--stack", STACK]);
    assert.equal(code, 0, `${stdout}${stderr}`);
  });
  after(() => sandbox.destroy());

  const kubeconfig = (name: string) => {
    const cluster = first.clusters.find((each) => each.name === name) ?? assert.fail(name);
    return fs.readFileSync(cluster.kubeconfig, "utf8");
  };
  const list = async (name: string, at: string) => ((await get(kubeconfig(name), at)) as { items: Thing[] }).items;
  const one = async (name: string, at: string) => (await get(kubeconfig(name), at)) as Thing;
  const acme = () => kubeconfig("acme");
  const claim = (name: string, storageClassName: string) => ({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name, namespace: "default" },
    spec: { accessModes: ["ReadWriteOnce"], storageClassName, resources: { requests: { storage: "1Gi" } } },
  });
  /** Until a check gives something, for two minutes. */
  async function eventually<T>(what: string, check: () => Promise<T | undefined>): Promise<T> {
    for (const end = Date.now() + 120_000; ; await sleep(500)) {
      const found = await check().catch(() => undefined);
      if (found !== undefined) return found;
      assert.ok(Date.now() < end, what);
    }
  }
  const bound = (name: string) =>
    eventually(`claim ${name} is bound`, async () => {
      const { spec, status } = await one("acme", `${CLAIMS}/${name}`);
      return status?.["phase"] === "Bound" ? String(spec?.["volumeName"]) : undefined;
    });

  it("are made by a controller beside it, whose containers all run", async () => {
    const pod = await eventually("the controller is ready", async () => {
      const pods = await list("sandbox", "/api/v1/namespaces/tenant-acme/pods");
      return pods.find(
        ({ metadata, status }) =>
          metadata.labels?.["app.kubernetes.io/name"] === "csi-controller" &&
          (status?.["conditions"] as { type: string; status: string }[]).some(
            (each) => each.type === "Ready" && each.status === "True",
          ),
      );
    });
    assert.ok(pod.metadata.name.startsWith("csi-controller-"));
  });

  it("are bound through a claim of the management cluster, and gone with it", async () => {
    await create(acme(), CLAIMS, claim("now", "keep"));
    const volume = await bound("now");
    const behind = await one("sandbox", `${PARENT}/${volume}`);
    assert.equal(behind.status?.["phase"], "Bound");
    assert.equal(behind.metadata.labels?.["cluster.x-k8s.io/cluster-name"], "acme");
  });

  it("wait for a pod, are attached to its machine, grow, and are detached and gone with pod and claim", async () => {
    await create(acme(), CLAIMS, claim("data", "fast"));
    await create(acme(), PODS, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "db", namespace: "default" },
      spec: {
        containers: [
          { name: "db", image: "registry.example/db:1", volumeMounts: [{ name: "data", mountPath: "/data" }] },
        ],
        volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
      },
    });
    const volume = await bound("data");
    const pod = await eventually("the pod runs", async () => {
      const found = await one("acme", `${PODS}/db`);
      return found.status?.["phase"] === "Running" ? found : undefined;
    });
    const node = String(pod.spec?.["nodeName"]);
    const machine = await one("sandbox", `/apis/kubevirt.io/v1/namespaces/tenant-acme/virtualmachineinstances/${node}`);
    const said = (machine.status?.["volumeStatus"] as { name: string; phase: string }[]).map((each) => [
      each.name,
      each.phase,
    ]);
    assert.deepEqual(said, [[volume, "Ready"]]);

    await patch(acme(), `${CLAIMS}/data`, { spec: { resources: { requests: { storage: "2Gi" } } } });
    await eventually("the claim grows", async () => {
      const { status } = await one("acme", `${CLAIMS}/data`);
      return (status?.["capacity"] as { storage: string }).storage === "2Gi" ? true : undefined;
    });
    const { status } = await one("sandbox", `${PARENT}/${volume}`);
    assert.deepEqual(status?.["capacity"], { storage: String(2 * 2 ** 30) });

    await remove(acme(), `${PODS}/db`);
    await remove(acme(), `${CLAIMS}/data`);
    await eventually("nothing is left", async () => {
      const left = [
        ...(await list("acme", "/apis/storage.k8s.io/v1/volumeattachments")),
        ...(await list("acme", "/api/v1/persistentvolumes")),
        ...(await list("sandbox", PARENT)),
      ].filter(({ metadata }) => metadata.name === volume || metadata.name.startsWith("csi-"));
      return left.length === 0 ? true : undefined;
    });
  });

  it("are made again after the driver was killed", async () => {
    const driver = (await new Daemon(sandbox.layout).status())?.processes.find(({ name }) =>
      name.includes("csi-driver"),
    );
    assert.ok(driver !== undefined);
    process.kill(driver.pid, "SIGKILL");
    await create(acme(), CLAIMS, claim("after", "keep"));
    await bound("after");
  });
});
