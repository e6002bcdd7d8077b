import { overlaps, type Use } from "../core/network-overlaps";
import type { Problem } from "../core/problem";
import { quantity } from "../core/quantity";
import { mirrored } from "../kubernetes/image-mirror";
import { serviceNetworkProblems } from "../core/service-network";
import { type KubernetesVersion, versionProblems } from "../core/version";
import type { TenantAddon } from "./addon";
import { capabilityProblems } from "./addon-order";
import { API_SERVERS, apiServers, demand, diskDemand, largestRolling } from "./capacity";
import { versionOfImage } from "./node-image";
import { poolLabelProblems, taintProblems } from "./node-registration";
import type { NodePool, Tenant } from "./settings";

/** What the rules look at beside the settings. All of it may be unknown. */
export interface Surroundings {
  /** Version that runs now. */
  readonly deployed?: KubernetesVersion | undefined;
  /** Networks of the cloud's other tenants. */
  readonly neighbours?: readonly Use[];
  /** Add-ons that are installed. */
  readonly addons?: readonly TenantAddon[];
}

/** Prefix length of the slice of the pod network that every node gets (default of the controller manager). */
const NODE_PREFIX = 24;

/**
 * Settings that contradict each other, the platform, the neighbours or what is deployed, and what Cluster API, Kamaji or
 * KubeVirt would refuse only at reconcile. Paths begin with `tenant.`, as in the stack file.
 */
export function contradictions(
  tenant: Tenant,
  { deployed, neighbours = [], addons = [] }: Surroundings = {},
): Problem[] {
  return [
    ...versionProblems("tenant.kubernetesVersion", tenant.kubernetesVersion, deployed),
    ...overlaps(networks(tenant), [...management(tenant), ...neighbours]),
    ...podNetworkProblems(tenant),
    ...serviceNetworkProblems("tenant.network.serviceCidr", tenant.network.serviceCidr),
    ...controlPlaneProblems(tenant),
    ...Object.entries(tenant.nodePools).flatMap(([name, pool]) => poolProblems(tenant, name, pool)),
    ...capabilityProblems(addons),
    ...quotaProblems(tenant, addons),
    ...diskQuotaProblems(tenant),
  ];
}

function networks({ network }: Tenant): Use[] {
  return [
    { where: "tenant.network.podCidr", network: network.podCidr },
    { where: "tenant.network.serviceCidr", network: network.serviceCidr },
  ];
}

function management({ platform }: Tenant): Use[] {
  return Object.entries(platform.networks).map(([where, network]) => ({
    where: `the management cluster's ${where}`,
    network,
  }));
}

function podNetworkProblems({ nodePools, network: { podCidr } }: Tenant): Problem[] {
  const nodes = Object.values(nodePools).reduce((sum, pool) => sum + largestRolling(pool), 0);
  if (2 ** (NODE_PREFIX - podCidr.prefix) >= nodes) return [];
  const rule = `must hold a /${NODE_PREFIX} for each of ${nodes} nodes, one more of each pool while it rolls`;
  return [{ where: "tenant.network.podCidr", given: String(podCidr), rule, fix: "choose a larger network" }];
}

function controlPlaneProblems(tenant: Tenant): Problem[] {
  const problems: Problem[] = [];
  const replicas = apiServers(tenant);
  const { serviceType, allowedSources } = tenant.controlPlane;
  if (tenant.tier === "production" && replicas < API_SERVERS.production) {
    const rule = "a production cluster must survive the loss of one API server, while another is replaced";
    const fix = `set it to ${API_SERVERS.production} or more, or the tier to development`;
    problems.push({ where: "tenant.controlPlane.replicas", given: String(replicas), rule, fix });
  }
  if (allowedSources.length > 0 && serviceType !== "LoadBalancer") {
    const rule = "only a LoadBalancer can distinguish its sources";
    const fix = "set tenant.controlPlane.serviceType to LoadBalancer or leave the sources out";
    problems.push({ where: "tenant.controlPlane.allowedSources", given: allowedSources.join(", "), rule, fix });
  }
  if (serviceType === "LoadBalancer" && tenant.quota.loadBalancers === 0) {
    const rule = "the Kubernetes API is reached by a LoadBalancer of its own";
    const fix = "set it to 1 or more, or tenant.controlPlane.serviceType to another type";
    problems.push({ where: "tenant.quota.loadBalancers", given: "0", rule, fix });
  }
  return problems;
}

function poolProblems({ kubernetesVersion, platform }: Tenant, name: string, pool: NodePool): Problem[] {
  const where = `tenant.nodePools.${name}`;
  return [
    ...sizeProblems(where, pool),
    ...imageProblems(`${where}.image`, pool.image, kubernetesVersion),
    ...diskProblems(where, { ...pool, image: mirrored(pool.image, platform.mirror.images) }),
    ...poolLabelProblems(`${where}.labels`, pool.labels),
    ...taintProblems(`${where}.taints`, pool.taints),
  ];
}

function sizeProblems(where: string, { replicas, autoscaling }: NodePool): Problem[] {
  if ((replicas === undefined) === (autoscaling === undefined)) {
    const given = replicas === undefined ? "neither" : "both";
    return [{ where, given, rule: "must have either replicas or autoscaling", fix: "choose one of the two" }];
  }
  if (autoscaling === undefined || autoscaling.min <= autoscaling.max) return [];
  const given = `${autoscaling.min} to ${autoscaling.max}`;
  return [{ where: `${where}.autoscaling`, given, rule: "min must not exceed max", fix: "correct it" }];
}

/** A kubeadm of another minor than the control plane's does not join. Images whose tag says no version are believed. */
function imageProblems(where: string, image: string, { minor }: KubernetesVersion): Problem[] {
  if ((versionOfImage(image)?.minor ?? minor) === minor) return [];
  const rule = `must hold kubeadm and kubelet of v1.${minor}, the cluster's version`;
  return [{ where, given: image, rule, fix: `use an image of v1.${minor}` }];
}

/** Smallest disk that is not a slip of the unit: `50` is bytes. */
const SMALLEST_DISK = 2 ** 30;

function diskProblems(where: string, { disk, image }: NodePool): Problem[] {
  if (disk === undefined) return [];
  const problems: Problem[] = [];
  if (quantity(disk.size) < SMALLEST_DISK) {
    const rule = "must hold the disk in the image, of 1Gi or more";
    problems.push({ where: `${where}.disk.size`, given: disk.size, rule, fix: "give it in Gi, e.g. 100Gi" });
  }
  // CDI takes the image as part of a URL, where `node:v1` is a host with a port
  if (!/^([^/]*[.:][^/]*|localhost)\//.test(image)) {
    const rule = "must name its registry: the pool's disks are imported from it";
    problems.push({ where: `${where}.image`, given: image, rule, fix: "write it as <registry>/<repository>" });
  }
  return problems;
}

function diskQuotaProblems(tenant: Tenant): Problem[] {
  const { storage, volumes } = diskDemand(tenant);
  const rule = (amount: string) =>
    `disks of machines, one more of each pool while it rolls and a second claim of one that is filled, need ${amount}`;
  const fix = "raise the quota or ask for fewer or smaller disks";
  const checks = [
    {
      key: "storage",
      has: quantity(tenant.quota.storage),
      needs: storage,
      amount: `${Math.ceil(storage / 2 ** 30)}Gi`,
    },
    { key: "volumes", has: tenant.quota.volumes, needs: volumes, amount: `${volumes} volumes` },
  ] as const;
  return checks
    .filter(({ has, needs }) => needs > has)
    .map(({ key, amount }) => ({
      where: `tenant.quota.${key}`,
      given: String(tenant.quota[key]),
      rule: rule(amount),
      fix,
    }));
}

function quotaProblems(tenant: Tenant, addons: readonly TenantAddon[]): Problem[] {
  const { quota } = tenant;
  const needed = demand(
    tenant,
    addons.flatMap(({ management: side }) => (side === undefined ? [] : [side(tenant).demand])),
  );
  const checks = [
    { key: "cpu", has: quantity(quota.cpu), needs: needed.cpu, amount: `${Math.ceil(needed.cpu)} cores` },
    {
      key: "memory",
      has: quantity(quota.memory),
      needs: needed.memory,
      amount: `${Math.ceil(needed.memory / 2 ** 30)}Gi`,
    },
    { key: "pods", has: quota.pods, needs: needed.pods, amount: `${needed.pods} pods` },
  ] as const;
  return checks
    .filter(({ has, needs }) => needs > has)
    .map(({ key, amount }) => ({
      where: `tenant.quota.${key}`,
      given: String(quota[key]),
      rule: `machines, one more of each pool while it rolls, and the control plane need ${amount}`,
      fix: "raise the quota or ask for fewer or smaller machines",
    }));
}
