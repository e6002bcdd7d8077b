import * as assert from "node:assert/strict";
import { tenantArgs, tenantOf } from "../tenant.fixture";
import {
  type Controller,
  controllerDemand,
  controllerObjects,
  managementApi,
  TENANT_KUBECONFIG,
  tenantKubeconfig,
} from "./controller";

const MIB = 2 ** 20;
const { volume, mount } = tenantKubeconfig({ name: "agent" });
const controller: Controller = {
  name: "agent",
  replicas: 2,
  usesManagementApi: true,
  rights: {
    cluster: [{ apiGroups: [""], resources: ["nodes"], verbs: ["get"] }],
    namespaces: { "tenant-acme": [{ apiGroups: [""], resources: ["services"], verbs: ["get"] }] },
  },
  volumes: [volume],
  containers: [
    {
      name: "agent",
      image: "quay.io/example/agent:v1",
      args: [`--kubeconfig=${TENANT_KUBECONFIG}`],
      resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { cpu: "500m", memory: "64Mi" } },
      volumeMounts: [mount],
    },
  ],
};

interface Deployment {
  readonly replicas: number;
  readonly template: { readonly spec: { readonly [field: string]: unknown; readonly containers: readonly object[] } };
}

function objects(change: Partial<Controller> = {}, tenant = tenantOf()) {
  return controllerObjects(tenant, { ...controller, ...change }).map(({ object }) => object);
}

describe("a controller of an add-on", () => {
  it("has an account, rights, a Deployment and a budget, all with the tenant's label", () => {
    const found = objects();
    assert.deepEqual(
      found.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? "-"}/${metadata.name}`),
      [
        "ServiceAccount tenant-acme/agent",
        "Role tenant-acme/agent",
        "RoleBinding tenant-acme/agent",
        "ClusterRole -/tenant-acme-agent",
        "ClusterRoleBinding -/tenant-acme-agent",
        "Deployment tenant-acme/agent",
        "PodDisruptionBudget tenant-acme/agent",
      ],
    );
    for (const { metadata } of found) assert.equal(metadata.labels?.["firmament.example/tenant"], "acme");
    assert.ok(!objects({ replicas: 1 }).some(({ kind }) => kind === "PodDisruptionBudget"));
  });

  it("mounts the token of its account only where it uses the management cluster's API", () => {
    const automount = (usesManagementApi: boolean) => {
      const found = objects({ usesManagementApi });
      const spec = found.find(({ kind }) => kind === "Deployment")?.["spec"] as Deployment;
      assert.equal(found[0]?.["automountServiceAccountToken"], false);
      return spec.template.spec["automountServiceAccountToken"];
    };
    assert.deepEqual([automount(true), automount(false)], [true, false]);
  });

  it("takes its image from the mirror", () => {
    const platform = { ...tenantArgs().platform, mirror: { images: "registry.example/mirror" } };
    const spec = objects({}, tenantOf({ platform })).find(({ kind }) => kind === "Deployment")?.["spec"] as Deployment;
    const [first] = spec.template.spec.containers as readonly { readonly image: string }[];
    assert.equal(first?.image, "registry.example/mirror/example/agent:v1");
  });

  it("demands one pod more than it has copies, for a while", () => {
    assert.deepEqual(controllerDemand(controller), { cpu: 1.5, memory: 3 * 64 * MIB, pods: 3 });
  });

  it("reaches the API of the management cluster and nothing else outside of its namespace", () => {
    assert.deepEqual(managementApi(tenantOf(), controller), {
      name: "agent",
      spec: {
        podSelector: { matchLabels: { "app.kubernetes.io/name": "agent" } },
        policyTypes: ["Egress"],
        egress: [
          {
            to: [{ ipBlock: { cidr: "10.244.0.0/16" } }, { ipBlock: { cidr: "192.0.2.0/24" } }],
            ports: [{ port: 6443, protocol: "TCP" }],
          },
        ],
      },
    });
  });
});
