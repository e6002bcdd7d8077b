import { PACKAGE_ROOT } from "../core/package-root";
import type { KubernetesObject } from "../kubernetes/manifest";
import { readChartLock } from "./charts/lock";
import type { Component, ManagementCluster, PlatformInputs } from "./component";
import { type PlanOptions, planPlatform, type PlatformPlan } from "./plan";
import { COMPONENTS } from "./registry";
import { parsePlatformSettings, type PlatformSettings } from "./settings";

export const ROOT = PACKAGE_ROOT;

export const management: ManagementCluster = {
  cluster: "berlin",
  kubernetesVersion: "v1.34.4",
  dnsDomain: "cluster.local",
  nodeCidrs: ["192.0.2.0/24"],
  serviceCidrs: ["10.96.0.0/16"],
  extensions: ["siderolabs/drbd", "siderolabs/zfs"],
  machines: {
    "cp-1": { role: "controlplane", address: "192.0.2.11" },
    "cp-2": { role: "controlplane", address: "192.0.2.12" },
    "cp-3": { role: "controlplane", address: "192.0.2.13" },
    "worker-1": { role: "worker", address: "192.0.2.21" },
    "worker-2": { role: "worker", address: "192.0.2.22" },
    "worker-3": { role: "worker", address: "192.0.2.23" },
  },
};

export type RawPlatform = (typeof settings)["platform"];

/** Parsed settings that are right, with some sections changed, and others beside `platform:`. */
export const parsed = (change: object = {}, components?: readonly Component[], more: object = {}): PlatformSettings =>
  parsePlatformSettings({ ...settings, ...more, platform: { ...settings.platform, ...change } }, components);

export interface PlanFixture extends Partial<PlanOptions> {
  readonly change?: object;
  /** Settings beside `platform:`. */
  readonly more?: object;
}

/** The plan of a platform with these settings; every chart file is as the lock says. */
export const plan = ({ change, more, components = COMPONENTS, ...options }: PlanFixture = {}): PlatformPlan =>
  planPlatform(parsed(change, components, more), management, {
    lock: readChartLock(ROOT),
    vendored: () => "any",
    components,
    ...options,
  });

/** What components of that platform are computed from. */
export const inputs = (change: object = {}): PlatformInputs => plan({ change }).inputs;

/** The Helm values of a chart. */
export function valuesOf({ stages }: PlatformPlan, chart: string): Record<string, unknown> {
  const stage = stages.find(({ name }) => name === chart);
  if (stage === undefined || !("release" in stage)) throw new Error(`${chart}: no release of the plan`);
  return { ...stage.release.values };
}

/** The object that a resource of the plan makes. */
export function objectOf({ stages }: PlatformPlan, resource: string): KubernetesObject {
  const found = stages
    .flatMap((stage) => ("objects" in stage ? stage.objects : []))
    .find((each) => each.resource === resource);
  if (found === undefined) throw new Error(`${resource}: no object of the plan`);
  return found.object;
}

/** The value at a path in dots. */
export function at(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((map, key) => (map as Record<string, unknown> | undefined)?.[key], value);
}

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
  installer: "registry.example/installer:v1.13.0",
  extensions: management.extensions,
  machines: management.machines,
  kubeconfig: JSON.stringify({
    "current-context": "admin@berlin",
    contexts: [{ name: "admin@berlin", context: { cluster: "berlin", user: "admin@berlin" } }],
    clusters: [
      { name: "berlin", cluster: { server: "https://192.0.2.10:6443", "certificate-authority-data": "authority" } },
    ],
    users: [
      { name: "admin@berlin", user: { "client-certificate-data": "certificate", "client-key-data": "private key" } },
    ],
  }),
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
