import * as assert from "node:assert/strict";
import { only, run } from "../../../../test/support/registrations";
import type { TenantClusterArgs } from "../../args.generated";
import { parseTenant } from "../../parse";
import { refuses } from "../../settings/refusals.fixture";
import { planTenant } from "../../tenant-plan";
import { PlannedTenant } from "../../tenant-resources";
import { plain, tenantArgs, world } from "../../tenant.fixture";
import { csi } from ".";

const digest = `@sha256:${"0".repeat(64)}`;
const image = `quay.io/kubevirt/kubevirt-csi-driver${digest}`;
const snapshots = { image: `registry.k8s.io/sig-storage/csi-snapshotter:v8.4.0${digest}` };
const storageClasses = {
  archive: { shared: true, expandable: false },
  fast: { shared: true, expandable: true, snapshotClass: "linstor" },
  replicated: { shared: true, expandable: true, snapshotClass: "linstor" },
  shelf: { shared: true, expandable: true, snapshotClass: "nfs" },
};
const platform = { ...tenantArgs().platform, storageClasses };

type Csi = NonNullable<NonNullable<TenantClusterArgs["addons"]>["csi"]>;
const tenantWith = (change: Partial<Csi> = {}) =>
  parseTenant({ ...tenantArgs(), platform, addons: { csi: { image, snapshots, ...change } } });

const sides = (change?: Partial<Csi>) => {
  const tenant = tenantWith(change);
  const [management, cluster] = [csi.management?.(tenant), csi.cluster?.(tenant)];
  assert.ok(management !== undefined && cluster !== undefined);
  return { management, cluster };
};

const classes = (change?: Partial<Csi>) =>
  sides(change)
    .cluster.objects.map(({ object }) => plain(object))
    .filter(({ kind }) => kind === "VolumeSnapshotClass");

const containers = (change?: Partial<Csi>) => {
  const deployment = sides(change).management.objects.find(({ object }) => object.kind === "Deployment")?.object;
  const { spec } = plain(deployment) as unknown as {
    spec: { template: { spec: { containers: { name: string; image: string; env?: { value: string }[] }[] } } };
  };
  return spec.template.spec.containers;
};

const TOKEN = { data: { token: Buffer.from("hush").toString("base64") } };
const tokens: typeof world = {
  ...world,
  state: (type, name, inputs) => (name.endsWith("access-token") ? TOKEN : world.state?.(type, name, inputs)),
};

describe("snapshots of a tenant's volumes", () => {
  it("are of the platform's class, which is the tenant's default where it is the only one", () => {
    assert.deepEqual(classes(), [
      {
        apiVersion: "snapshot.storage.k8s.io/v1",
        kind: "VolumeSnapshotClass",
        metadata: {
          name: "linstor",
          annotations: { "snapshot.storage.kubernetes.io/is-default-class": "true" },
        },
        driver: "csi.kubevirt.io",
        deletionPolicy: "Delete",
        parameters: { infraSnapshotClassName: "linstor" },
      },
    ]);
  });

  it("are of several classes where volumes are, none of them the default", () => {
    const wanted = { a: { class: "fast" }, b: { class: "replicated" }, c: { class: "shelf" }, d: { class: "archive" } };
    const made = classes({ storageClasses: wanted, snapshots: { ...snapshots, deletionPolicy: "Retain" } });
    assert.deepEqual(
      made.map(({ metadata, ...rest }) => [
        metadata.name,
        Object.values(metadata.annotations ?? {}),
        rest["deletionPolicy"],
      ]),
      [
        ["linstor", ["false"], "Retain"],
        ["nfs", ["false"], "Retain"],
      ],
    );
  });

  // KubeVirt's CSI driver, 27b52aa, pkg/kubevirt/client.go: without a mapping it takes none, and asks the tenant for its classes
  it("are taken by the driver, of the classes that it is told and no others", () => {
    const wanted = { a: { class: "fast" }, b: { class: "replicated" }, d: { class: "archive" } };
    const [driver] = containers({ storageClasses: wanted });
    assert.deepEqual(JSON.parse(driver?.env?.[0]?.value ?? ""), {
      allowAll: false,
      allowDefault: false,
      allowList: ["archive", "fast", "replicated"],
      storageSnapshotMapping: [{ storageClasses: ["fast", "replicated"], volumeSnapshotClasses: ["linstor"] }],
    });
    const { access = [], objects } = sides().management;
    const rights = Object.fromEntries(access.map(({ name, rights: { cluster = [] } }) => [name, cluster]));
    assert.deepEqual(rights["csi-driver"], [
      { apiGroups: ["snapshot.storage.k8s.io"], resources: ["volumesnapshotclasses"], verbs: ["list"] },
    ]);
    const role = objects.find(({ object }) => object.kind === "Role")?.object;
    assert.match(JSON.stringify(role), /"volumesnapshots"\],"verbs":\["get","create","delete"\]/);
  });

  it("need a sidecar with access of its own, whose image its owner names", () => {
    const snapshotter = containers().find(({ name }) => name === "csi-snapshotter");
    assert.equal(snapshotter?.image, snapshots.image);
    const { access = [] } = sides().management;
    const own = access.find(({ name }) => name === "csi-snapshotter");
    assert.ok(own !== undefined);
    assert.ok(!JSON.stringify(own).includes("secrets"));
  });

  it("are not there where nobody asks for them", () => {
    const without = { csi: { image } };
    const tenant = parseTenant({ ...tenantArgs(), platform, addons: without });
    assert.deepEqual(csi.cluster?.(tenant).releases, []);
    const text = JSON.stringify([csi.management?.(tenant), csi.cluster?.(tenant)]);
    assert.ok(!text.includes("snapshot"));
  });

  it("have their kinds before their classes", async () => {
    const { resources } = await run(() => void new PlannedTenant("acme", planTenant(tenantWith())), tokens);
    const made = only(
      resources,
      "kubernetes:snapshot.storage.k8s.io/v1:VolumeSnapshotClass",
      "acme-csi-snapshots-linstor",
    );
    assert.ok(made.dependsOn.includes("acme-csi-snapshot-controller"));
    const release = only(resources, "kubernetes:helm.sh/v3:Release", "acme-csi-snapshot-controller");
    assert.equal(release.inputs["skipAwait"], true);
    assert.equal((release.inputs["values"] as { installCRDs: boolean }).installCRDs, true);
  });
});

describe("snapshots that a tenant cannot have", () => {
  const at = "tenant.addons.csi.snapshots";
  refuses(
    {
      "where the platform takes none of the volumes": [
        { addons: { csi: { image, snapshots, storageClasses: { cold: { class: "archive" } } } } },
        `${at}: ${snapshots.image} — the platform takes no snapshots of volumes of archive`,
      ],
      "with a sidecar by a tag": [
        { addons: { csi: { image, snapshots: { image: "registry.k8s.io/sig-storage/csi-snapshotter:v8.4.0" } } } },
        `${at}.image: "registry.k8s.io/sig-storage/csi-snapshotter:v8.4.0" — must be an image with registry and digest`,
      ],
      "without an image": [{ addons: { csi: { image, snapshots: {} } } }, `${at}.image: missing — `],
    },
    { storageClasses },
  );
});
