import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Cidr } from "../../components/core/cidr";
import { InvalidInput } from "../../components/core/problem";
import { KubernetesVersion } from "../../components/core/version";
import type { TenantClusterArgs } from "../../components/tenant/tenant-args";
import { tenantSpec } from "../../components/tenant/tenant-spec";
import { TenantCluster } from "../../components/tenant/tenant-cluster";
import { consume, lastOutput, platformContract, publish, tenantContract, type Terms } from "../contracts";
import { siblingNetworks } from "../fleet";
import type { Program, ProgramContext } from "../program";
import { parseTenantConfig, refuseTenantOverlaps, type TenantConfig } from "./config";

type Platform = Terms<typeof platformContract>;

/** One tenant's cluster on a platform. */
export const run: Program = async (context) => {
  const { stack, settings, qualified, root } = context;
  const tenant = tenantOf(context);
  const deployed = await lastOutput(qualified(`tenant.${stack.cloud}.${tenant}`), "kubernetesVersion");
  const config = parseTenantConfig(
    settings,
    typeof deployed === "string" ? KubernetesVersion.parse(deployed) : undefined,
  );
  const platform = await consume(platformContract, qualified(`platform.${stack.cloud}`));
  const siblings = siblingNetworks(root, stack.cloud, tenant, context.readNetworks);
  refuseTenantOverlaps(config, [...managementUses(platform), ...siblings]);

  const args = clusterArgs(tenant, config, platform);
  tenantSpec(args); // refuses what the component would refuse, before the first resource

  const management = new k8s.Provider("management", {
    kubeconfig: pulumi.secret(platform.kubeconfig),
    clusterIdentifier: platform.cluster,
  });
  const cluster = new TenantCluster(tenant, args, { providers: { kubernetes: management } });
  return publish(tenantContract, {
    cluster: tenant,
    namespace: cluster.namespace,
    endpoint: cluster.endpoint,
    kubernetesVersion: String(config.kubernetesVersion),
    podCidr: String(config.network.podCidr),
    serviceCidr: String(config.network.serviceCidr),
    kubeconfig: cluster.kubeconfig,
  });
};

function tenantOf({ stack }: ProgramContext): string {
  if (stack.tenant !== undefined) return stack.tenant;
  const rule = "must be tenant.<cloud>.<name>";
  throw new InvalidInput("this stack", [
    { where: "stack name", given: `${stack.layer}.${stack.cloud}`, rule, fix: "rename it with `pulumi stack rename`" },
  ]);
}

function managementUses({ networks }: Platform) {
  return Object.entries(networks).map(([where, network]) => ({
    where: `the management cluster's ${where}`,
    network: Cidr.parse(network),
  }));
}

function clusterArgs(tenant: string, config: TenantConfig, platform: Platform): TenantClusterArgs {
  const { controlPlane, network } = config;
  return {
    tenant,
    tier: config.tier,
    kubernetesVersion: String(config.kubernetesVersion),
    podCidr: String(network.podCidr),
    serviceCidr: String(network.serviceCidr),
    dnsDomain: network.dnsDomain,
    reachableNetworks: network.reachable.map(String),
    controlPlane: { ...controlPlane, allowedSources: controlPlane.allowedSources.map(String) },
    quota: config.quota,
    nodePools: config.nodePools,
    dataStore: platform.dataStore,
    infraStorageClass: platform.storageClass,
    managementNetworks: platform.networks,
    cniChart: platform.podNetwork,
    ...(platform.mirror.images === undefined ? {} : { imageRegistry: platform.mirror.images }),
  };
}
