import * as assert from "node:assert/strict";
import { only, run } from "../../../../test/support/registrations";
import { InvalidInput } from "../../../core/problem";
import { fieldsOf } from "../../../core/fields";
import type { TenantClusterArgs } from "../../args.generated";
import { parseTenant } from "../../parse";
import { planTenant } from "../../tenant-plan";
import { PlannedTenant } from "../../tenant-resources";
import { plain, tenantArgs, tenantOf, world } from "../../tenant.fixture";
import { installedAddons } from "..";
import { csi } from ".";

const image = `quay.io/kubevirt/kubevirt-csi-driver@sha256:${"0".repeat(64)}`;
const classes = {
  local: { shared: false, expandable: true },
  replicated: { shared: true, expandable: true },
  archive: { shared: true, expandable: false },
};

type Change = Partial<NonNullable<NonNullable<TenantClusterArgs["addons"]>["csi"]>>;

const withVolumes = (change: Change = {}, more: Partial<TenantClusterArgs> = {}): TenantClusterArgs => {
  const args = tenantArgs();
  const platform = { ...args.platform, storageClasses: classes };
  return { ...args, platform, addons: { csi: { image, ...change } }, ...more };
};

const sides = (change: Change = {}, more: Partial<TenantClusterArgs> = {}) => {
  const tenant = parseTenant(withVolumes(change, more));
  const management = csi.management?.(tenant);
  const cluster = csi.cluster?.(tenant);
  assert.ok(management !== undefined && cluster !== undefined);
  return { management, cluster };
};

/** An object of a side. */
const found = (side: ReturnType<typeof sides>["cluster" | "management"], kind: string, name?: string) => {
  const { object } =
    side.objects.find(
      ({ object: each }) => each.kind === kind && (name ?? each.metadata.name) === each.metadata.name,
    ) ?? assert.fail(`${kind} ${name ?? ""}`);
  return plain(object);
};

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly env?: readonly { name: string; value: string }[];
  readonly volumeMounts: readonly { name: string; mountPath: string }[];
}

const podOf = (object: object) =>
  (object as { spec: { template: { spec: { containers: Container[]; automountServiceAccountToken: boolean } } } }).spec
    .template.spec;

const TOKEN = { data: { token: Buffer.from("hush").toString("base64") } };

/** A world whose tenants give tokens to accounts. */
const tokens: typeof world = {
  ...world,
  state: (type, name, inputs) => (name.endsWith("access-token") ? TOKEN : world.state?.(type, name, inputs)),
};

describe("volumes of a tenant", () => {
  it("are there where an image is given, since upstream publishes no version", () => {
    const installed = (addons: TenantClusterArgs["addons"]) =>
      installedAddons(tenantOf(addons === undefined ? {} : { addons })).some(({ name }) => name === "csi");
    assert.equal(installed(undefined), false);
    assert.equal(installed({ csi: { image } }), true);
    assert.equal(installed({ csi: { image, enabled: false } }), false);
  });

  it("come from the platform's class by default, which is the tenant's default too", () => {
    const { cluster } = sides();
    const made = cluster.objects.filter(({ object }) => object.kind === "StorageClass");
    assert.equal(made.length, 1);
    assert.deepEqual(plain(made[0]?.object), {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: "replicated", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
      provisioner: "csi.kubevirt.io",
      parameters: { infraStorageClassName: "replicated", bus: "scsi", "csi.storage.k8s.io/fstype": "ext4" },
      reclaimPolicy: "Delete",
      volumeBindingMode: "WaitForFirstConsumer",
      allowVolumeExpansion: true,
    });
  });

  it("come from the classes that the tenant chooses, and from no others", () => {
    const storageClasses = {
      fast: { class: "replicated", isDefault: true, reclaimPolicy: "Retain", bindingMode: "Immediate" },
      cold: { class: "archive" },
    } as const;
    const { cluster, management } = sides({ storageClasses });
    const cold = found(cluster, "StorageClass", "cold");
    assert.equal(cold["allowVolumeExpansion"], false);
    assert.equal(cold.metadata.annotations?.["storageclass.kubernetes.io/is-default-class"], "false");
    const [driver] = podOf(found(management, "Deployment")).containers;
    assert.deepEqual(driver?.env, [
      {
        name: "INFRA_STORAGE_CLASS_ENFORCEMENT",
        value: JSON.stringify({ allowAll: false, allowDefault: false, allowList: ["archive", "replicated"] }),
      },
    ]);
  });

  it("are made outside of the tenant, in its namespace and for its cluster", () => {
    const pod = podOf(found(sides().management, "Deployment"));
    assert.deepEqual(
      pod.containers.map(({ name }) => name),
      ["csi-driver", "csi-provisioner", "csi-attacher", "csi-resizer", "liveness-probe"],
    );
    for (const arg of [
      "--infra-cluster-namespace=tenant-acme",
      "--infra-cluster-labels=cluster.x-k8s.io/cluster-name=acme",
      "--run-node-service=false",
    ])
      assert.ok(pod.containers[0]?.args.includes(arg), arg);
  });

  it("are made with rights that no container has for another", () => {
    const { management } = sides();
    const pod = podOf(found(management, "Deployment"));
    assert.equal(pod.automountServiceAccountToken, false);
    const holders = pod.containers.filter(({ volumeMounts }) => volumeMounts.some(({ name }) => name === "management"));
    assert.deepEqual(
      holders.map(({ name }) => name),
      ["csi-driver"],
    );
    for (const { name, volumeMounts } of pod.containers.slice(0, 4)) {
      const own = volumeMounts.filter((mount) => mount.name.startsWith("tenant-")).map((mount) => mount.name);
      assert.deepEqual(own, [`tenant-${name}`]);
    }
    assert.deepEqual(
      management.access?.map(({ name }) => name),
      ["csi-driver", "csi-provisioner", "csi-attacher", "csi-resizer"],
    );
    const rules = JSON.stringify(management.access);
    // where a volume waits for its first pod, csi-provisioner (5.3.0) asks for the pod's node, and for no other
    const nodes = management.access?.flatMap(({ name, rights: { cluster = [] } }) =>
      cluster.filter(({ resources }) => resources.includes("nodes")).map(({ verbs }) => [name, ...verbs]),
    );
    assert.deepEqual(nodes, [["csi-provisioner", "get"]]);
    for (const never of ["secrets", "pods", '"*"']) assert.ok(!rules.includes(`"${never}"`), never);
  });

  it("take images by their content, from the mirror where there is one", () => {
    const mirror = { images: "registry.example/mirror" };
    const { management, cluster } = sides({}, { platform: { ...withVolumes().platform, mirror } });
    const containers = [found(management, "Deployment"), found(cluster, "DaemonSet")].flatMap(
      (each) => podOf(each).containers,
    );
    assert.equal(containers.length, 8);
    for (const each of containers) {
      assert.match(
        each.image,
        /^registry\.example\/mirror\/(kubevirt|sig-storage)\/[a-z-]+(:v[\d.]+)?@sha256:[0-9a-f]{64}$/,
      );
    }
  });

  it("count with their controller and the pods that attach them against the quota", () => {
    const { demand } = sides().management;
    // one controller; five machines and one more of each of two pools, and a pod that takes over from another
    assert.equal(demand.pods, 1 + 8 + 1);
    assert.ok(demand.cpu > 1 && demand.memory > 2 ** 30);
  });

  it("hold up the removal of the tenant until somebody says that they may go", async () => {
    const guards = async (volumesOnDelete: "refuse" | "delete" | "keep") => {
      const tenant = parseTenant({ ...withVolumes({ volumesOnDelete }), tier: "development" });
      const { resources } = await run(() => void new PlannedTenant("acme", planTenant(tenant)), tokens);
      const guard = only(resources, "firmament:tenant:Retirement", "acme-retire-with-csi-volumesOnDelete-delete");
      assert.ok(guard.dependsOn.length > 3, "the engine comes to it before all else");
      return guard.protect;
    };
    assert.equal(await guards("refuse"), true);
    assert.equal(await guards("delete"), false);
    // without commands nobody would keep them
    assert.equal(await guards("keep"), true);
  });

  it("wait for the accounts of their controller, whose kubeconfigs are secret", async () => {
    const tenant = parseTenant(withVolumes());
    const { resources } = await run(() => void new PlannedTenant("acme", planTenant(tenant)), tokens);
    const deployment = only(resources, "kubernetes:apps/v1:Deployment", "acme-csi-controller-deployment");
    for (const name of ["csi-driver", "csi-provisioner", "csi-attacher", "csi-resizer"]) {
      assert.ok(deployment.dependsOn.includes(`acme-${name}-kubeconfig`), name);
      const secret = only(resources, "kubernetes:core/v1:Secret", `acme-${name}-kubeconfig`);
      assert.ok(secret.secrets.includes("data"));
    }
  });
});

/** Wrong settings, and the one message of each. */
const refused: Record<string, [TenantClusterArgs, RegExp]> = {
  "no image": [
    withVolumes({}, { addons: { csi: { enabled: true } } }),
    /tenant\.addons\.csi\.image: missing — names KubeVirt's CSI driver by its digest.*disable the add-on/,
  ],
  "an image by a tag that moves": [
    withVolumes({ image: "quay.io/kubevirt/kubevirt-csi-driver:latest" }),
    /tenant\.addons\.csi\.image: "quay\.io\/kubevirt\/kubevirt-csi-driver:latest" — must be an image with registry and digest/,
  ],
  "a class that the platform does not have": [
    withVolumes({ storageClasses: { fast: { class: "nvme" } } }),
    /tenant\.addons\.csi\.storageClasses\.fast\.class: nvme — must be a StorageClass that the platform has for tenants: archive, local, replicated; correct it/,
  ],
  "another class of a platform that does not say which it has": [
    { ...tenantArgs(), addons: { csi: { image, storageClasses: { fast: { class: "nvme" } } } } },
    /storageClasses\.fast\.class: nvme — must be a StorageClass .*: replicated; deploy the platform stack/,
  ],
  "a class whose volumes are on one host": [
    withVolumes({ storageClasses: { fast: { class: "local" } } }),
    /storageClasses\.fast\.class: local — its volumes are on one host, .*; choose archive or replicated/,
  ],
  "a platform without a class that can be shared": [
    withVolumes(
      {},
      {
        platform: {
          ...tenantArgs().platform,
          storageClass: "local",
          storageClasses: { local: { shared: false, expandable: false } },
        },
      },
    ),
    /tenant\.addons\.csi\.storageClasses: local — its volumes are on one host.*disable the add-on: this platform has no/,
  ],
  "two default classes": [
    withVolumes({ storageClasses: { a: { isDefault: true }, b: { isDefault: true } } }),
    /tenant\.addons\.csi\.storageClasses: a and b — only one class can be the default; set isDefault of one only/,
  ],
  "volumes that grow where the platform's cannot": [
    withVolumes({ storageClasses: { cold: { class: "archive", expandable: true } } }),
    /storageClasses\.cold\.expandable: true — volumes of the platform's class archive cannot grow; leave it out/,
  ],
  "the name of a class that no object can have": [
    withVolumes({ storageClasses: { Fast: {} } }),
    /tenant\.addons\.csi\.storageClasses\.Fast: .*must be a DNS label/,
  ],
  "an unknown reclaim policy": [
    withVolumes({ storageClasses: { fast: { reclaimPolicy: "Recycle" as never } } }),
    /storageClasses\.fast\.reclaimPolicy: "Recycle" — must be Delete or Retain/,
  ],
  "an unknown end of volumes": [
    withVolumes({ volumesOnDelete: "forget" as never }),
    /tenant\.addons\.csi\.volumesOnDelete: "forget" — must be refuse, delete or keep/,
  ],
  "a quota without room for volumes": [
    withVolumes({}, { quota: { ...tenantArgs().quota, volumes: 0 } }),
    /tenant\.quota\.volumes: 0 — volumes of the tenant count against it as well/,
  ],
  "an unknown key": [
    withVolumes({ storageClasses: { fast: { clas: "replicated" } as never } }),
    /storageClasses\.fast\.clas: unknown key/,
  ],
};

describe("volumes that a tenant cannot have", () => {
  for (const [what, [args, message]] of Object.entries(refused)) {
    it(`are refused: ${what}`, () => {
      assert.throws(
        () => parseTenant(args),
        (error: unknown) => {
          assert.ok(error instanceof InvalidInput);
          assert.match(error.message, message);
          assert.equal(error.problems.length, 1, error.message);
          return true;
        },
      );
    });
  }

  it("leave the settings of others alone", () => {
    assert.deepEqual(fieldsOf(tenantOf().addons.csi.storageClasses), {});
  });
});
