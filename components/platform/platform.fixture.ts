import { Cidr } from "../core/cidr";
import type { ManagementCluster, PlatformFacts, PlatformSpec } from "./facts";
import { readChartLock } from "./charts/lock";
import { planPlatform, type PlatformPlan } from "./platform-plan";
import { PACKAGE_ROOT } from "../core/package-root";

export const ROOT = PACKAGE_ROOT;

export const management: ManagementCluster = {
  cluster: "berlin",
  kubernetesVersion: "v1.34.4",
  dnsDomain: "cluster.local",
  nodeCidrs: ["192.0.2.0/24"],
  serviceCidrs: ["10.96.0.0/16"],
  machines: {
    "cp-1": { role: "controlplane", address: "192.0.2.11" },
    "cp-2": { role: "controlplane", address: "192.0.2.12" },
    "cp-3": { role: "controlplane", address: "192.0.2.13" },
    "worker-1": { role: "worker", address: "192.0.2.21" },
  },
};

export const spec: PlatformSpec = {
  tier: "production",
  mirror: { charts: "https://charts.example" },
  networking: {
    podCidr: Cidr.parse("10.244.0.0/16"),
    joinCidr: Cidr.parse("100.64.0.0/16"),
    loadBalancerCidrs: [Cidr.parse("198.51.100.0/25"), Cidr.parse("198.51.100.128/25")],
  },
  storage: { pool: { zfs: "tank" }, replicas: 3, encryption: true },
  values: {},
};

export const facts = (change: Partial<PlatformSpec> = {}): PlatformFacts => ({
  spec: { ...spec, ...change },
  management,
});

export const plan = (
  change: Partial<PlatformSpec> = {},
  vendored: (path: string) => string | undefined = () => "any",
): PlatformPlan => planPlatform(facts(change), readChartLock(ROOT), vendored);

/** What the base stack publishes. */
export const base = {
  contract: "base/1",
  cluster: "berlin",
  endpoint: "https://192.0.2.10:6443",
  kubernetesVersion: "v1.34.4",
  nodeCidrs: ["192.0.2.0/24"],
  podCidrs: ["100.65.0.0/16"],
  serviceCidrs: ["10.96.0.0/16"],
  dnsDomain: "cluster.local",
  machines: management.machines,
  kubeconfig: "management kubeconfig",
  talosconfig: "talosconfig",
};

/** Settings of a platform stack that are right. */
export const settings = {
  layer: "platform",
  platform: {
    tier: "production",
    mirror: { charts: "https://charts.example" },
    networking: {
      podCidr: "10.244.0.0/16",
      joinCidr: "100.64.0.0/16",
      loadBalancerCidrs: ["198.51.100.0/24"],
    },
    storage: { pool: { zfs: "tank" }, replicas: 3 },
  },
  storagePassphrase: "correct horse battery staple",
};
