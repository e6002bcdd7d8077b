import * as command from "@pulumi/command";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { fieldsOf } from "../../components/core/fields";
import { describe, InvalidInput } from "../../components/core/problem";
import { KubernetesVersion } from "../../components/core/version";
import { clientOf } from "../../components/kubernetes/kubeconfig";
import { started } from "../../components/tenant/life";
import { completeTenant, parseTenantSettings } from "../../components/tenant/parse";
import type { PlatformTerms } from "../../components/tenant/settings";
import { poolChanges, publishedPool, readPools } from "../../components/tenant/pool-changes";
import { planTenant } from "../../components/tenant/tenant-plan";
import { PlannedTenant } from "../../components/tenant/tenant-resources";
import { consume, lastOutputs, platformContract, publish, tenantContract, type Terms } from "../contracts";
import { siblingNetworks } from "../fleet";
import type { Program, ProgramContext } from "../program";

/**
 * One tenant's cluster on a platform.
 *
 * Everything that can be wrong is found before the first resource is registered.
 */
export const run: Program = async (context) => {
  const { stack, settings: raw, qualified, root } = context;
  const name = tenantOf(context);
  const settings = parseTenantSettings(raw);
  const last = await lastOutputs(qualified(`tenant.${stack.cloud}.${name}`), [
    "kubernetesVersion",
    "nodeVersions",
    "pools",
  ]);
  const deployed = last["kubernetesVersion"];
  const published = await consume(platformContract, qualified(`platform.${stack.cloud}`));
  const complete = completeTenant(settings, name, platformTerms(published), {
    deployed: typeof deployed === "string" ? KubernetesVersion.parse(deployed) : undefined,
    deployedPools: Object.keys(fieldsOf(last["nodeVersions"])),
    neighbours: siblingNetworks(root, stack.cloud, name, context.readNetworks),
  });
  const { tenant, notices } = started(complete, deployed !== undefined);
  for (const notice of notices) void pulumi.log.warn(describe(notice).trim());

  const management = new k8s.Provider("management", {
    kubeconfig: pulumi.secret(published.kubeconfig),
    clusterIdentifier: published.cluster,
  });
  const witness = {
    commands: new command.Provider("local"),
    client: clientOf(published.kubeconfig),
  };
  const plan = planTenant(tenant);
  const before = readPools(last["pools"]);
  for (const line of before === undefined ? [] : poolChanges(plan.nodePools, before)) void pulumi.log.info(line);
  const cluster = new PlannedTenant(name, plan, { providers: { kubernetes: management } }, witness);
  const { kubeconfig, endpoint, namespace, nodeVersions } = cluster.outputs;
  const pools = Object.fromEntries(plan.nodePools.map((pool) => [pool.pool, publishedPool(pool)]));
  const outputs = publish(tenantContract, {
    cluster: name,
    namespace,
    endpoint,
    kubernetesVersion: String(tenant.kubernetesVersion),
    nodeVersions,
    podCidr: String(tenant.network.podCidr),
    serviceCidr: String(tenant.network.serviceCidr),
    kubeconfig,
  });
  // for the next preview alone, which compares: of all pools, once they are there
  return { ...outputs, pools: nodeVersions.apply(() => pools) };
};

function tenantOf({ stack }: ProgramContext): string {
  if (stack.tenant !== undefined) return stack.tenant;
  const rule = "must be tenant.<cloud>.<name>";
  throw new InvalidInput("this stack", [
    { where: "stack name", given: `${stack.layer}.${stack.cloud}`, rule, fix: "rename it with `pulumi stack rename`" },
  ]);
}

/** As much of the platform's contract as a tenant's cluster is made from. */
function platformTerms(published: Terms<typeof platformContract>): PlatformTerms {
  const {
    dataStore,
    dataStores = {},
    storageClass,
    storageClasses,
    networks,
    mirror,
    capabilities,
    outerNetwork,
    podNetwork,
  } = published;
  const { charts, images } = mirror;
  return {
    dataStore,
    dataStores,
    storageClass,
    ...(storageClasses === undefined ? {} : { storageClasses }),
    networks,
    mirror: { ...(charts === undefined ? {} : { charts }), ...(images === undefined ? {} : { images }) },
    ...(capabilities === undefined ? {} : { capabilities }),
    ...(outerNetwork === undefined ? {} : { outerNetwork }),
    podNetwork,
  };
}
