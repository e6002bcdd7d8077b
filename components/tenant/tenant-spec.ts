import { Cidr } from "../core/cidr";
import { overlaps, type Use } from "../core/network-overlaps";
import { DNS_LABEL, objectName } from "../core/names";
import { type Problem, refuse } from "../core/problem";
import { quantity } from "../core/quantity";
import { KubernetesVersion, versionProblems } from "../core/version";
import { demand, largest } from "./capacity";
import { labelProblems } from "./node-labels";
import { type ChartArgs, type NodePoolArgs, ServiceType, type TenantClusterArgs, Tier } from "./tenant-args";

/** How many API servers a tier has where nothing else is said; production takes no fewer. */
const API_SERVERS = { [Tier.Development]: 2, [Tier.Production]: 3 } as const;

/** A tenant's arguments, checked and complete. What plans are made from. */
export interface TenantSpec {
  /** Name of the cluster; that of the tenant. */
  readonly cluster: string;
  /** Namespace of the management cluster that holds the tenant, and nobody else. */
  readonly namespace: string;
  readonly tier: Tier;
  readonly version: KubernetesVersion;
  readonly podCidr: Cidr;
  readonly serviceCidr: Cidr;
  readonly dnsDomain: string;
  readonly controlPlane: {
    readonly replicas: number;
    readonly serviceType: ServiceType;
    readonly allowedSources: readonly Cidr[];
    readonly certSANs: readonly string[];
  };
  readonly quota: Quota;
  readonly nodePools: readonly NodePoolSpec[];
  readonly dataStore: string;
  readonly infraStorageClass: string;
  readonly managementNetworks: readonly Cidr[];
  readonly reachableNetworks: readonly Cidr[];
  readonly cniChart: ChartArgs;
  readonly imageRegistry?: string;
}

export interface Quota {
  readonly cpu: string;
  readonly memory: string;
  readonly storage: string;
  readonly volumes: number;
  readonly loadBalancers: number;
  readonly pods: number;
}

export interface NodePoolSpec {
  readonly name: string;
  readonly size: Fixed | Autoscaled;
  readonly cpus: number;
  readonly memory: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Fixed {
  readonly replicas: number;
}

export interface Autoscaled {
  readonly min: number;
  readonly max: number;
}

/** Kamaji wants a name that is a DNS label of the older kind, beginning with a letter. */
const TENANT_NAME = /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/;

/** Prefix length of the slice of the pod network that every node gets (default of the controller manager). */
const NODE_PREFIX = 24;

/** Where the API server answers inside the management cluster and at its load balancer. */
export const API_PORT = 6443;

/**
 * Checks a tenant's arguments and completes them.
 *
 * @throws InvalidInput with every problem: values that are malformed, then settings that contradict each other or the
 * quota, and what Cluster API, Kamaji or KubeVirt would refuse only at reconcile.
 */
export function tenantSpec(args: TenantClusterArgs): TenantSpec {
  const subject = `tenant ${args.tenant}`;
  refuse(subject, malformed(args));
  const spec = complete(args);
  refuse(subject, contradictions(spec));
  return spec;
}

function malformed(args: TenantClusterArgs): Problem[] {
  const problems: Problem[] = [];
  const check = (where: string, given: unknown, valid: boolean, rule: string, fix = "correct it") => {
    if (!valid) problems.push({ where, given: given === undefined ? "missing" : String(given), rule, fix });
  };
  const network = (where: string, text: string) => {
    check(where, text, parses(Cidr.parse, text), "must be an IPv4 network like 10.244.0.0/16, host bits zero");
  };
  const amount = (where: string, text: string) => {
    check(where, text, parses(quantity, text), "must be a quantity like 4Gi, 500m or 2");
  };
  const count = (where: string, value: number | undefined, min: number) => {
    const valid = value === undefined || (Number.isInteger(value) && value >= min);
    check(where, value, valid, `must be a whole number, ${min} or more`);
  };
  const rule = "must begin with a letter and consist of a-z, 0-9 and - inside, at most 40 characters";
  check("tenant", args.tenant, TENANT_NAME.test(args.tenant), rule);
  const tiers = Object.values(Tier);
  check("tier", args.tier, tiers.includes(args.tier ?? Tier.Production), `must be ${tiers.join(" or ")}`);
  const version = parses((text) => KubernetesVersion.parse(text), args.kubernetesVersion);
  check("kubernetesVersion", args.kubernetesVersion, version, "must be a Kubernetes version like v1.34.4");
  network("podCidr", args.podCidr);
  network("serviceCidr", args.serviceCidr);
  const domain = args.dnsDomain ?? "cluster.local";
  const labels = domain.split(".");
  const isDomain = labels.length > 1 && labels.every((label) => DNS_LABEL.test(label));
  check("dnsDomain", domain, isDomain, "must be a domain with a dot in it, like cluster.local");
  count("controlPlane.replicas", args.controlPlane?.replicas, 1);
  const types: string[] = Object.values(ServiceType);
  const { serviceType = ServiceType.LoadBalancer } = args.controlPlane ?? {};
  check("controlPlane.serviceType", serviceType, types.includes(serviceType), `must be one of ${types.join(", ")}`);
  args.controlPlane?.allowedSources?.forEach((text, i) => network(`controlPlane.allowedSources.${i}`, text));
  args.controlPlane?.certSANs?.forEach((san, i) => {
    check(
      `controlPlane.certSANs.${i}`,
      san,
      san !== "" && !san.includes(":"),
      "must be a name or address without port",
    );
  });
  for (const key of ["cpu", "memory", "storage"] as const) amount(`quota.${key}`, args.quota[key]);
  for (const key of ["volumes", "loadBalancers", "pods"] as const) count(`quota.${key}`, args.quota[key], 0);
  for (const [label, text] of Object.entries(args.managementNetworks ?? {}))
    network(`managementNetworks.${label}`, text);
  args.reachableNetworks?.forEach((text, i) => network(`reachableNetworks.${i}`, text));
  for (const [name, pool] of Object.entries(args.nodePools)) {
    const where = `nodePools.${name}`;
    check(where, name, DNS_LABEL.test(name) && name.length <= 40, "must be a DNS label of at most 40 characters");
    count(`${where}.cpus`, pool.cpus, 1);
    amount(`${where}.memory`, pool.memory);
    check(`${where}.image`, pool.image, pool.image !== "", "must name a container disk");
    problems.push(...sizeProblems(where, pool), ...labelProblems(`${where}.labels`, pool.labels ?? {}));
  }
  return problems;
}

function sizeProblems(where: string, { replicas, autoscaling }: NodePoolArgs): Problem[] {
  const fix = "correct it";
  if ((replicas === undefined) === (autoscaling === undefined)) {
    const given = replicas === undefined ? "neither" : "both";
    return [{ where, given, rule: "must have either replicas or autoscaling", fix: "choose one of the two" }];
  }
  const bounds = autoscaling ?? { min: replicas ?? 0, max: replicas ?? 0 };
  const whole = Number.isInteger(bounds.min) && Number.isInteger(bounds.max);
  if (whole && 0 <= bounds.min && bounds.min <= bounds.max) return [];
  if (autoscaling === undefined) {
    return [{ where: `${where}.replicas`, given: String(replicas), rule: "must be a whole number, 0 or more", fix }];
  }
  const given = `${bounds.min} to ${bounds.max}`;
  return [{ where: `${where}.autoscaling`, given, rule: "must be whole numbers with 0 ≤ min ≤ max", fix }];
}

function complete(args: TenantClusterArgs): TenantSpec {
  const { controlPlane = {}, quota, tier = Tier.Production } = args;
  return {
    cluster: args.tenant,
    namespace: namespaceOf(args.tenant),
    tier,
    version: KubernetesVersion.parse(args.kubernetesVersion),
    podCidr: Cidr.parse(args.podCidr),
    serviceCidr: Cidr.parse(args.serviceCidr),
    dnsDomain: args.dnsDomain ?? "cluster.local",
    controlPlane: {
      replicas: controlPlane.replicas ?? API_SERVERS[tier],
      serviceType: controlPlane.serviceType ?? ServiceType.LoadBalancer,
      allowedSources: (controlPlane.allowedSources ?? []).map((text) => Cidr.parse(text)),
      certSANs: controlPlane.certSANs ?? [],
    },
    quota: {
      ...quota,
      volumes: quota.volumes ?? 100,
      loadBalancers: quota.loadBalancers ?? 5,
      pods: quota.pods ?? 200,
    },
    nodePools: Object.entries(args.nodePools)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, pool]) => nodePoolSpec(name, pool)),
    dataStore: args.dataStore,
    infraStorageClass: args.infraStorageClass,
    managementNetworks: Object.values(args.managementNetworks ?? {}).map((text) => Cidr.parse(text)),
    reachableNetworks: (args.reachableNetworks ?? []).map((text) => Cidr.parse(text)),
    cniChart: args.cniChart,
    ...(args.imageRegistry === undefined ? {} : { imageRegistry: args.imageRegistry }),
  };
}

/** Namespace of a tenant in the management cluster. */
export function namespaceOf(tenant: string): string {
  return objectName("tenant", tenant);
}

function nodePoolSpec(
  name: string,
  { replicas, autoscaling, cpus, memory, image, labels }: NodePoolArgs,
): NodePoolSpec {
  const size = autoscaling ?? { replicas: replicas ?? 0 };
  return { name, size, cpus, memory, image, labels: labels ?? {} };
}

function contradictions(spec: TenantSpec): Problem[] {
  const own: Use[] = [
    { where: "podCidr", network: spec.podCidr },
    { where: "serviceCidr", network: spec.serviceCidr },
  ];
  const management = spec.managementNetworks.map((network) => ({ where: "the management cluster's", network }));
  const problems = [...versionProblems("kubernetesVersion", spec.version), ...overlaps(own, management)];
  const nodes = spec.nodePools.reduce((sum, pool) => sum + largest(pool), 0) + 1;
  const slices = 2 ** (NODE_PREFIX - spec.podCidr.prefix);
  if (slices < nodes) {
    const rule = `must hold a /${NODE_PREFIX} for each of ${nodes} nodes, one more than there are while they roll`;
    problems.push({ where: "podCidr", given: String(spec.podCidr), rule, fix: "choose a larger network" });
  }
  const { replicas, serviceType, allowedSources } = spec.controlPlane;
  if (spec.tier === Tier.Production && replicas < API_SERVERS.production) {
    const rule = "a production cluster must survive the loss of one API server, while another is replaced";
    const fix = `set it to ${API_SERVERS.production} or more, or the tier to development`;
    problems.push({ where: "controlPlane.replicas", given: String(replicas), rule, fix });
  }
  if (allowedSources.length > 0 && serviceType !== ServiceType.LoadBalancer) {
    const rule = "only a LoadBalancer can tell its sources apart";
    const fix = "set controlPlane.serviceType to LoadBalancer or leave the sources out";
    problems.push({ where: "controlPlane.allowedSources", given: allowedSources.join(", "), rule, fix });
  }
  return [...problems, ...imageProblems(spec), ...quotaProblems(spec)];
}

/** A kubeadm of another minor than the control plane's does not join. Images whose tag says no version are believed. */
function imageProblems({ nodePools, version }: TenantSpec): Problem[] {
  return nodePools.flatMap(({ name, image }) => {
    const minor = /:v1\.(\d+)\.\d+([-@].*)?$/.exec(image)?.[1];
    if (minor === undefined || Number(minor) === version.minor) return [];
    const rule = `must hold kubeadm and kubelet of v1.${version.minor}, the cluster's version`;
    return [{ where: `nodePools.${name}.image`, given: image, rule, fix: `use an image of v1.${version.minor}` }];
  });
}

function quotaProblems(spec: TenantSpec): Problem[] {
  const needed = demand(spec);
  const rule = (amount: string) => `machines, one more while they roll, and the control plane need ${amount}`;
  const fix = "raise the quota or ask for fewer or smaller machines";
  const problems: Problem[] = [];
  if (needed.cpu > quantity(spec.quota.cpu)) {
    problems.push({ where: "quota.cpu", given: spec.quota.cpu, rule: rule(`${Math.ceil(needed.cpu)} cores`), fix });
  }
  if (needed.memory > quantity(spec.quota.memory)) {
    const amount = `${Math.ceil(needed.memory / 2 ** 30)}Gi`;
    problems.push({ where: "quota.memory", given: spec.quota.memory, rule: rule(amount), fix });
  }
  return problems;
}

function parses(parse: (text: string) => unknown, text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}
