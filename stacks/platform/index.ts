import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { sha256 } from "../../components/platform/charts/archive";
import { ClusterApi } from "../../components/platform/cluster-api";
import { Installer } from "../../components/platform/installer";
import { type ChartLock, lockedChart, readChartLock } from "../../components/platform/charts/lock";
import { Networking } from "../../components/platform/networking";
import { planPlatform, platformNetworks } from "../../components/platform/platform-plan";
import { Storage } from "../../components/platform/storage";
import { REPLICATED_CLASS } from "../../components/platform/storage-plan";
import { Virtualization } from "../../components/platform/virtualization";
import { Cidr } from "../../components/core/cidr";
import { InvalidInput } from "../../components/core/problem";
import { baseContract, consume, platformContract, publish, type Terms } from "../contracts";
import type { Program } from "../program";
import { NAMESPACE } from "../settings";
import { parsePlatformConfig, refuseNetworkOverlaps, STORAGE_PASSPHRASE } from "./config";
import { PACKAGE_ROOT } from "../../components/core/package-root";

/**
 * Installs what turns the management cluster into a cloud: networking, storage, virtualization, Cluster API.
 *
 * Everything that can be wrong is found before the first resource is registered.
 */
export const run: Program = async ({ stack, settings, qualified }) => {
  const spec = parsePlatformConfig(settings);
  const base = await consume(baseContract, qualified(`base.${stack.cloud}`));
  refuseNetworkOverlaps(
    spec,
    Object.entries(networksOf(base)).map(([where, network]) => ({ where, network: Cidr.parse(network) })),
  );
  const lock = readChartLock(PACKAGE_ROOT);
  const podNetwork = tenantPodNetwork(lock, spec.mirror.charts);
  const plan = planPlatform({ spec, management: base }, lock, (path) => digestOf(resolve(PACKAGE_ROOT, path)));

  const kubeconfig = pulumi.secret(base.kubeconfig);
  const provider = new k8s.Provider("management", { kubeconfig, clusterIdentifier: `firmament/${base.cluster}` });
  const installer = new Installer(plan);
  const opts = { provider };
  new Networking("networking", { installer }, opts);
  const passphrase = spec.storage.encryption
    ? new pulumi.Config(NAMESPACE).requireSecret(STORAGE_PASSPHRASE)
    : undefined;
  new Storage("storage", { installer, ...(passphrase === undefined ? {} : { passphrase }) }, opts);
  new Virtualization("virtualization", { installer }, opts);
  const { dataStore } = new ClusterApi("cluster-api", { installer }, opts);

  return publish(platformContract, {
    cluster: base.cluster,
    networks: { ...networksOf(base), ...texts(platformNetworks(plan.facts)) },
    dataStore,
    storageClass: REPLICATED_CLASS,
    mirror: spec.mirror,
    podNetwork,
    kubeconfig,
  });
};

/** Tenants run the same pod network as the platform, in the version of its chart lock. */
function tenantPodNetwork(lock: ChartLock, mirror: string | undefined) {
  const chart = "cilium";
  const locked = lockedChart(lock, chart);
  const repository = mirror ?? locked.repository;
  if (repository !== undefined) return { chart, version: locked.version, repository };
  const fix = "set one in the chart lock, or a mirror of charts";
  throw new InvalidInput("platform charts", [
    { where: chart, given: "no repository", rule: "tenants install it from a repository", fix },
  ]);
}

function digestOf(file: string): string | undefined {
  return existsSync(file) ? sha256(readFileSync(file)) : undefined;
}

/** The networks of the machines' cluster, by the setting of the base stack that names them. */
function networksOf(base: Terms<typeof baseContract>): Record<string, string> {
  return Object.fromEntries(
    (["nodeCidrs", "podCidrs", "serviceCidrs"] as const).flatMap((key) =>
      base[key].map((network, index) => [`base.network.${key}.${index}`, network] as const),
    ),
  );
}

function texts(networks: Readonly<Record<string, Cidr>>): Record<string, string> {
  return Object.fromEntries(Object.entries(networks).map(([where, network]) => [where, String(network)]));
}
