import * as assert from "node:assert/strict";
import { create, patch, remove } from "./kubernetes-objects";
import {
  createPod,
  eventually,
  isTrue,
  list,
  NAMESPACE,
  one,
  PODS,
  runningPod,
  type TenantCloud,
} from "./tenant-cloud";

const CLAIMS = "/api/v1/namespaces/default/persistentvolumeclaims";
const PARENT = `/api/v1/namespaces/${NAMESPACE}/persistentvolumeclaims`;

/** What the tenant needs for the suite. */
export const CSI = {
  image: `quay.io/kubevirt/kubevirt-csi-driver@sha256:${"0".repeat(64)}`,
  storageClasses: {
    fast: { class: "replicated", isDefault: true },
    keep: { class: "replicated", reclaimPolicy: "Retain", bindingMode: "Immediate" },
  },
  volumesOnDelete: "delete",
};

/** Volumes inside a tenant: claims of its own become claims of the management cluster, and disks of its machines. */
export function volumes(cloud: TenantCloud): void {
  const claim = (name: string, storageClassName: string) => ({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name, namespace: "default" },
    spec: { accessModes: ["ReadWriteOnce"], storageClassName, resources: { requests: { storage: "1Gi" } } },
  });
  const bound = (name: string) =>
    eventually(`claim ${name} is bound`, async () => {
      const found = await one(cloud.tenant, `${CLAIMS}/${name}`);
      return found?.status?.["phase"] === "Bound" ? String(found.spec?.["volumeName"]) : undefined;
    });

  it("are made by a controller beside it, whose containers all run", async () => {
    const pod = await eventually("the controller is ready", async () => {
      const pods = await list(cloud.parent, `/api/v1/namespaces/${NAMESPACE}/pods`);
      return pods.find(
        (each) => each.metadata.labels?.["app.kubernetes.io/name"] === "csi-controller" && isTrue(each, "Ready"),
      );
    });
    assert.ok(pod.metadata.name.startsWith("csi-controller-"));
  });

  it("are bound through a claim of the management cluster, and gone with it", async () => {
    await create(cloud.tenant, CLAIMS, claim("now", "keep"));
    const volume = await bound("now");
    const behind = await one(cloud.parent, `${PARENT}/${volume}`);
    assert.equal(behind?.status?.["phase"], "Bound");
    assert.equal(behind?.metadata.labels?.["cluster.x-k8s.io/cluster-name"], "acme");
  });

  it("wait for a pod, are attached to its machine, grow, and are detached and gone with pod and claim", async () => {
    await create(cloud.tenant, CLAIMS, claim("data", "fast"));
    await createPod(cloud.tenant, "db", {
      containers: [
        { name: "db", image: "registry.example/db:1", volumeMounts: [{ name: "data", mountPath: "/data" }] },
      ],
      volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
    });
    const volume = await bound("data");
    const pod = await runningPod(cloud.tenant, "db");
    const node = String(pod.spec?.["nodeName"]);
    const machine = await one(
      cloud.parent,
      `/apis/kubevirt.io/v1/namespaces/tenant-acme/virtualmachineinstances/${node}`,
    );
    const said = (machine?.status?.["volumeStatus"] as { name: string; phase: string }[]).map((each) => [
      each.name,
      each.phase,
    ]);
    assert.deepEqual(said, [[volume, "Ready"]]);

    await patch(cloud.tenant, `${CLAIMS}/data`, { spec: { resources: { requests: { storage: "2Gi" } } } });
    await eventually("the claim grows", async () => {
      const found = await one(cloud.tenant, `${CLAIMS}/data`);
      return (found?.status?.["capacity"] as { storage: string }).storage === "2Gi" ? true : undefined;
    });
    const grown = await one(cloud.parent, `${PARENT}/${volume}`);
    assert.deepEqual(grown?.status?.["capacity"], { storage: String(2 * 2 ** 30) });

    await remove(cloud.tenant, `${PODS}/db`);
    await remove(cloud.tenant, `${CLAIMS}/data`);
    await eventually("nothing is left", async () => {
      const left = [
        ...(await list(cloud.tenant, "/apis/storage.k8s.io/v1/volumeattachments")),
        ...(await list(cloud.tenant, "/api/v1/persistentvolumes")),
        ...(await list(cloud.parent, PARENT)),
      ].filter(({ metadata }) => metadata.name === volume || metadata.name.startsWith("csi-"));
      return left.length === 0 ? true : undefined;
    });
  });

  it("are made again after the driver was killed", async () => {
    await cloud.kill("csi-driver");
    await create(cloud.tenant, CLAIMS, claim("after", "keep"));
    await bound("after");
  });
}
