import * as command from "@pulumi/command";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Cidr } from "../../components/core/cidr";
import { refuse } from "../../components/core/problem";
import { PACKAGE_ROOT } from "../../components/core/package-root";
import { clientOf } from "../../components/kubernetes/kubeconfig";
import { vendoredIn } from "../../components/platform/charts/vendored";
import { type ChartLock, readChartLock } from "../../components/platform/charts/lock";
import { chartsWithoutKeys } from "../../components/platform/charts/record-keys";
import { fixedValues, refuseChanged } from "../../components/platform/fixed-settings";
import { installPlatform } from "../../components/platform/install";
import {
  platformNetworks,
  refuseClosedMachines,
  refuseLostAddresses,
  refuseNetworkOverlaps,
} from "../../components/platform/networks";
import { planPlatform, tenantOuterNetwork, tenantPodNetwork, tenantStorageClass } from "../../components/platform/plan";
import { publishedReleases, releaseChanges } from "../../components/platform/release-changes";
import { tenantStorageClasses } from "../../components/platform/tenant-storage";
import { parsePlatformSettings, type PlatformSettings } from "../../components/platform/settings";
import { upgradeProblems, versionsOf } from "../../components/platform/upgrades";
import { baseContract, consume, lastOutputs, platformContract, publish, type Terms } from "../contracts";
import type { Program } from "../program";
import { NAMESPACE } from "../../components/core/layers";

/**
 * Installs what turns the management cluster into a cloud: networking, storage, virtualization, Cluster API.
 *
 * Everything that can be wrong is found before the first resource is registered.
 */
export const run: Program = async ({ stack, settings: raw, qualified, repair }) => {
  const settings = parsePlatformSettings(raw);
  const base = await consume(baseContract, qualified(`base.${stack.cloud}`));
  refuseNetworkOverlaps(
    settings,
    Object.entries(networksOf(base)).map(([where, network]) => ({ where, network: Cidr.parse(network) })),
  );
  refuseClosedMachines(settings, base.reachableFrom);
  const deployed = await lastOutputs(qualified(`platform.${stack.cloud}`), [
    "networks",
    "fixed",
    "versions",
    "releases",
  ]);
  refuseLostAddresses(settings, deployed["networks"]);
  const lock = readChartLock(PACKAGE_ROOT);
  const plan = planPlatform(settings, base, { lock, vendored: vendoredIn(PACKAGE_ROOT) });
  refuseChanged(plan.fixed, deployed["fixed"]);
  refuse("platform configuration", upgradeProblems(plan, deployed["versions"]));
  for (const line of releaseChanges(plan, deployed["releases"])) void pulumi.log.info(line);
  const podNetwork = tenantPodNetwork(plan, lock);
  for (const warning of uncheckedValues(settings, lock)) void pulumi.log.warn(warning);

  const releases = plan.stages.flatMap((each) => ("release" in each ? [each.release] : []));
  for (const line of (await repair?.(base.kubeconfig, releases)) ?? []) void pulumi.log.warn(line);

  const kubeconfig = pulumi.secret(base.kubeconfig);
  const provider = new k8s.Provider("management", { kubeconfig, clusterIdentifier: `firmament/${base.cluster}` });
  const config = new pulumi.Config(NAMESPACE);
  const { dataStore } = installPlatform(plan, {
    provider,
    commands: new command.Provider("commands"),
    client: clientOf(base.kubeconfig),
    secret: (key) => config.requireSecret(key),
  });

  return publish(platformContract, {
    cluster: base.cluster,
    networks: { ...networksOf(base), ...texts(platformNetworks(settings)) },
    dataStore,
    dataStores: Object.fromEntries(
      Object.entries(settings.dataStores).map(([name, { networks, port }]) => [
        name,
        { networks: networks.map(String), port },
      ]),
    ),
    storageClass: tenantStorageClass(plan),
    storageClasses: tenantStorageClasses(plan),
    offers: settings.offers,
    mirror: mirrorOf(settings),
    fixed: fixedValues(plan.fixed),
    versions: versionsOf(plan),
    releases: publishedReleases(plan),
    capabilities: [...plan.provided].sort(),
    outerNetwork: tenantOuterNetwork(plan),
    podNetwork,
    kubeconfig,
  });
};

/** Where tenants get charts and images from. */
function mirrorOf({ mirror: { charts, images } }: PlatformSettings): Terms<typeof platformContract>["mirror"] {
  return { ...(charts === undefined ? {} : { charts }), ...(images === undefined ? {} : { images }) };
}

/** Values that nobody can hold against the chart: said, as Helm never does. */
function uncheckedValues({ values }: PlatformSettings, lock: ChartLock): string[] {
  return chartsWithoutKeys(PACKAGE_ROOT, lock)
    .filter((chart) => chart in values)
    .map(
      (chart) =>
        `platform.values.${chart}: not checked for keys that the chart does not have; run \`npm run charts -- --record ${chart}\` to record them`,
    );
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
