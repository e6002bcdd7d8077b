import * as assert from "node:assert/strict";
import { Cidr } from "../core/cidr";
import { mirrored, type PlatformSpec, type StoragePool } from "./facts";
import { planPlatform, platformNetworks } from "./platform-plan";
import { planDataStore, planProviders } from "./cluster-api-plan";
import { planStorage } from "./storage-plan";
import { planVirtualization } from "./virtualization-plan";
import { lockedChart, readChartLock } from "./charts/lock";
import { facts, plan, ROOT } from "./platform.fixture";

/** The value at a dotted path. */
function at(values: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((map, key) => (map as Record<string, unknown> | undefined)?.[key], values);
}

const value = (chart: keyof ReturnType<typeof plan>["releases"], path: string, change: Partial<PlatformSpec> = {}) =>
  at(plan(change).releases[chart].values, path);

describe("the plan of a platform", () => {
  it("gives Kube-OVN the networks of the settings and of the cluster, and its control planes by address", () => {
    assert.equal(value("kube-ovn-v2", "networking.pods.cidr.v4"), "10.244.0.0/16");
    assert.equal(value("kube-ovn-v2", "networking.pods.gateways.v4"), "10.244.0.1");
    assert.equal(value("kube-ovn-v2", "networking.join.cidr.v4"), "100.64.0.0/16");
    assert.equal(value("kube-ovn-v2", "networking.services.cidr.v4"), "10.96.0.0/16");
    assert.deepEqual(value("kube-ovn-v2", "masterNodes"), ["192.0.2.11", "192.0.2.12", "192.0.2.13"]);
    assert.equal(value("kube-ovn-v2", "namespace"), plan().releases["kube-ovn-v2"].namespace);
  });

  it("leaves routing to Kube-OVN, Services and policies to Cilium, and other CNI configurations alone", () => {
    assert.equal(value("cilium", "cni.chainingMode"), "generic-veth");
    assert.equal(value("cilium", "cni.exclusive"), false);
    assert.equal(value("cilium", "kubeProxyReplacement"), true);
    assert.equal(value("cilium", "enableIPv4Masquerade"), false);
    assert.equal(value("kube-ovn-v2", "features.enableLoadbalancer"), false);
    assert.equal(value("kube-ovn-v2", "features.enableNetworkPolicies"), false);
  });

  it("asks for nothing that Talos refuses: kernel modules from pods, files outside /var", () => {
    const capabilities = value("cilium", "securityContext.capabilities.ciliumAgent") as string[];
    assert.ok(!capabilities.includes("SYS_MODULE"));
    assert.equal(value("kube-ovn-v2", "ovsOvn.disableModulesManagement"), true);
    for (const directory of ["ovsDirectory", "ovnDirectory", "ovsIpsecKeysDirectory"]) {
      assert.match(String(value("kube-ovn-v2", `ovsOvn.${directory}`)), /^\/var\//);
    }
    const pod = JSON.stringify(planStorage(facts()).satellites.podTemplate);
    for (const gone of ["drbd-module-loader", "run-systemd-system", "usr-src"]) {
      assert.ok(pod.includes(`{"name":"${gone}","$patch":"delete"}`), gone);
    }
  });

  it("runs two of what can be two in production, and one in development", () => {
    assert.equal(value("cert-manager", "replicaCount"), 2);
    assert.equal(value("cert-manager", "replicaCount", { tier: "development" }), 1);
    assert.equal(value("kamaji-etcd", "replicas"), 3);
    assert.equal(planVirtualization(facts({ tier: "development" })).kubevirt.infra.replicas, 1);
  });

  it("protects data in production only", () => {
    assert.equal(plan().protect, true);
    assert.equal(plan({ tier: "development" }).protect, false);
  });

  it("merges values of the settings over its own: maps key by key, lists as a whole", () => {
    const values = { cilium: { hubble: { enabled: true }, securityContext: { capabilities: { ciliumAgent: ["A"] } } } };
    assert.equal(value("cilium", "hubble.enabled", { values }), true);
    assert.equal(value("cilium", "cni.chainingMode", { values }), "generic-veth");
    assert.deepEqual(value("cilium", "securityContext.capabilities.ciliumAgent", { values }), ["A"]);
  });

  it("refuses values for a chart that the platform does not have", () => {
    assert.throws(
      () => plan({ values: { celium: {} } }),
      /platform\.values\.celium: no such chart — must be one of .*cilium/,
    );
  });

  it("takes charts from the mirror, from upstream, or from files made of upstream's sources", () => {
    const mirrored = plan().releases;
    assert.deepEqual([mirrored.multus.chart, mirrored.multus.repository], ["multus", "https://charts.example"]);
    const { "cert-manager": https, "kube-ovn-v2": oci, multus: file } = plan({ mirror: {} }).releases;
    assert.deepEqual([https.chart, https.repository], ["cert-manager", "https://charts.jetstack.io"]);
    assert.deepEqual([oci.chart, oci.repository], ["oci://ghcr.io/kubeovn/charts/kube-ovn-v2", undefined]);
    assert.deepEqual([file.chart, file.repository], ["./charts/multus-4.3.0.tgz", undefined]);
  });

  it("says how to get every chart that upstream has no repository for, all at once", () => {
    assert.throws(
      () => plan({ mirror: {} }, (path) => (/multus|kamaji-crds/.test(path) ? undefined : "any")),
      /charts\.multus: no file \.\/charts\/multus-4\.3\.0\.tgz — [^]*`npm run charts`[^]*charts\.kamaji-crds: no file/,
    );
  });

  it("refuses a chart file that is not the one of the lock", () => {
    const lock = readChartLock(ROOT);
    const pinned = { ...lock, multus: { ...lockedChart(lock, "multus"), digest: "aa" } };
    const install = (digest: string) =>
      planPlatform(facts({ mirror: {} }), pinned, (path) => (path.includes("multus") ? digest : "any"));
    assert.throws(() => install("bb"), /charts\.multus: .* has sha256 bb — must have sha256 aa/);
    assert.ok(install("aa"));
  });

  it("refuses to install what is not in the lock", () => {
    assert.throws(() => planPlatform(facts(), {}, () => "any"), /cilium: not in the lock/);
  });

  it("moves images to the mirror wherever a chart, LINSTOR, KubeVirt or Cluster API name them", () => {
    const change = { mirror: { charts: "https://charts.example", images: "registry.example/mirror/" } };
    assert.equal(value("cilium", "image.repository", change), "registry.example/mirror/cilium/cilium");
    assert.equal(value("kube-ovn-v2", "global.registry.address", change), "registry.example/mirror/kubeovn");
    assert.equal(value("cert-manager", "imageRegistry", change), "registry.example/mirror");
    assert.equal(planStorage(facts(change)).cluster.repository, "registry.example/mirror/piraeusdatastore");
    assert.equal(planVirtualization(facts(change)).kubevirt.imageRegistry, "registry.example/mirror/kubevirt");
    for (const { spec } of planProviders(facts(change))) {
      assert.ok(spec.fetchConfig?.oci.startsWith("registry.example/mirror/cluster-api-providers/"));
      assert.ok(spec.deployment?.containers[0]?.imageUrl?.startsWith("registry.example/mirror/"));
    }
    assert.equal(JSON.stringify(plan()).includes("quay.io"), false, "no image is named without a mirror");
  });

  it("replaces the host of an image and nothing else", () => {
    assert.equal(mirrored("quay.io/a/b", "r.example:5000/x"), "r.example:5000/x/a/b");
    assert.equal(mirrored("quay.io", "r.example"), "r.example");
    assert.equal(mirrored("quay.io/a/b", undefined), "quay.io/a/b");
  });

  it("pins the pod security of every namespace to the cluster's minor", () => {
    for (const { name, labels } of Object.values(plan().namespaces)) {
      assert.match(labels["pod-security.kubernetes.io/enforce"] ?? "", /^(privileged|baseline|restricted)$/, name);
      assert.equal(labels["pod-security.kubernetes.io/enforce-version"], "v1.34", name);
    }
  });

  it("lists the networks that it adds, by the settings that name them", () => {
    const networks = platformNetworks(facts());
    assert.equal(String(networks["platform.networking.joinCidr"]), "100.64.0.0/16");
    assert.equal(String(networks["platform.networking.loadBalancerCidrs.1"]), "198.51.100.128/25");
    assert.ok(Object.values(networks).every((network) => network instanceof Cidr));
  });
});

describe("the plan of storage", () => {
  const classes = (replicas: number) =>
    planStorage(facts({ storage: { pool: { zfs: "tank" }, replicas, encryption: false } })).classes;

  it("has a replicated default class with as many copies as asked for, and a local one that is not default", () => {
    const [local, replicated] = classes(2);
    assert.equal(local?.isDefault, false);
    assert.equal(replicated?.isDefault, true);
    assert.equal(replicated?.parameters["linstor.csi.linbit.com/autoPlace"], "2");
    assert.equal(local?.parameters["linstor.csi.linbit.com/allowRemoteVolumeAccess"], "false");
  });

  it("makes one pool of whatever the settings name", () => {
    const pool = (pool: StoragePool) =>
      planStorage(facts({ storage: { pool, replicas: 3, encryption: true } })).satellites.storagePools?.[0];
    assert.deepEqual(pool({ zfs: "tank" }), { name: "data", zfsThinPool: { zPool: "tank" } });
    assert.deepEqual(pool({ lvmThin: { volumeGroup: "vg", thinPool: "thin" } }), {
      name: "data",
      lvmThinPool: { volumeGroup: "vg", thinPool: "thin" },
    });
    assert.deepEqual(pool({ directory: "/var/data" }), { name: "data", fileThinPool: { directory: "/var/data" } });
  });

  it("encrypts volumes below what replicates them, with keys that a passphrase locks, or neither", () => {
    const layers = (encryption: boolean) => {
      const { classes, cluster } = planStorage(facts({ storage: { pool: { zfs: "tank" }, replicas: 3, encryption } }));
      const lists = classes.map(({ parameters }) => parameters["linstor.csi.linbit.com/layerList"]);
      return [...lists, cluster.linstorPassphraseSecret];
    };
    assert.deepEqual(layers(true), ["luks storage", "drbd luks storage", "linstor-passphrase"]);
    assert.deepEqual(layers(false), ["storage", "drbd storage", undefined]);
  });

  it("encrypts what controller and satellites say, both told so", () => {
    const { cluster, satellites } = planStorage(facts());
    assert.deepEqual(cluster.internalTLS, satellites.internalTLS);
    assert.notEqual(cluster.apiTLS.certManager.name, cluster.internalTLS.certManager.name);
  });
});

describe("the plan of Cluster API", () => {
  it("names the etcd's members and certificates as the chart makes them, never their content", () => {
    const { name, spec } = planDataStore(facts(), "kamaji-system");
    const fullname = value("kamaji-etcd", "fullnameOverride");
    assert.equal(name, value("kamaji", "defaultDatastoreName"));
    assert.deepEqual(
      spec.endpoints,
      [0, 1, 2].map((index) => `${fullname}-${index}.${fullname}.kamaji-system.svc.cluster.local:2379`),
    );
    assert.ok(!JSON.stringify(spec).includes("content"));
  });

  it("keeps the core provider where bindings of the others expect it", () => {
    const core = planProviders(facts()).find(({ kind }) => kind === "CoreProvider");
    assert.deepEqual([core?.name, core?.namespace], ["cluster-api", "capi-system"]);
  });
});

describe("the plan of virtualization", () => {
  it("opens no gate that gives a guest parts of its host", () => {
    const { featureGates } = planVirtualization(facts()).kubevirt.configuration.developerConfiguration;
    for (const gate of ["HostDisk", "Root", "Sidecar", "HostDevices", "VSOCK"]) assert.ok(!featureGates.includes(gate));
    for (const gate of ["NodeRestriction", "KubevirtSeccompProfile"]) assert.ok(featureGates.includes(gate));
  });
});
