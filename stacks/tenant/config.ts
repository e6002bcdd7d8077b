import { z } from "zod";
import { overlaps, type Use } from "../../components/core/network-overlaps";
import { refuse } from "../../components/core/problem";
import { versionProblems, type KubernetesVersion } from "../../components/core/version";
import { cidr, kubernetesVersion, name, parseSettings, quantityText, tier } from "../settings";

const nodePool = z
  .strictObject({
    replicas: z
      .int()
      .min(0)
      .max(500)
      .exactOptional()
      .describe("Number of machines. Left out where autoscaling decides it."),
    autoscaling: z
      .strictObject({ min: z.int().min(0).max(500), max: z.int().min(1).max(500) })
      .exactOptional()
      .describe("Bounds within which the autoscaler chooses the number of machines."),
    cpus: z.int().min(1).max(128).describe("Cores of a machine."),
    memory: quantityText.describe("Memory of a machine, e.g. 4Gi."),
    image: z.string().min(1).describe("Container disk with kubelet and kubeadm of the cluster's Kubernetes version."),
    labels: z.record(z.string(), z.string()).default({}).describe("Kubernetes labels of its nodes."),
  })
  .refine((pool) => (pool.replicas === undefined) !== (pool.autoscaling === undefined), {
    message: "must have either replicas or autoscaling",
  })
  .refine((pool) => pool.autoscaling === undefined || pool.autoscaling.min <= pool.autoscaling.max, {
    message: "autoscaling.min must not exceed autoscaling.max",
  });

const network = z.strictObject({
  podCidr: cidr.describe("Network of its pods, a /24 per node. Fixed once the cluster exists."),
  serviceCidr: cidr.describe("Network of its services. Fixed once the cluster exists."),
  dnsDomain: z
    .string()
    .default("cluster.local")
    .describe("Domain of its services, with a dot. Fixed once the cluster exists."),
  reachable: z
    .array(cidr)
    .default([])
    .describe("Private networks that its machines may reach, e.g. that of a registry. All others are closed."),
});

const controlPlane = z.strictObject({
  replicas: z.int().min(1).max(5).exactOptional().describe("Copies of the API server; 3 in production, else 2."),
  serviceType: z
    .enum(["LoadBalancer", "NodePort", "ClusterIP"])
    .default("LoadBalancer")
    .describe("How the API server is reached; LoadBalancer takes an address of the platform's pool."),
  allowedSources: z.array(cidr).default([]).describe("Networks that may connect to a LoadBalancer; none means all."),
  certSANs: z.array(z.string()).default([]).describe("Further names and addresses of the API, without port."),
});

const quota = z
  .strictObject({
    cpu: quantityText.describe("Cores, e.g. 16."),
    memory: quantityText.describe("e.g. 64Gi."),
    storage: quantityText.describe("Volumes of the tenant, e.g. 500Gi."),
  })
  .describe("What all its machines and its control plane together may take from the management cluster.");

export const tenantSettings = z.strictObject({
  layer: z.literal("tenant"),
  tenant: z.strictObject({
    tier: tier
      .default("production")
      .describe("production protects the cluster from deletion and asks for three API servers."),
    kubernetesVersion: kubernetesVersion.describe("Version of the control plane and of the nodes, e.g. v1.34.4."),
    network,
    controlPlane: controlPlane.default({ serviceType: "LoadBalancer", allowedSources: [], certSANs: [] }),
    quota,
    nodePools: z.record(name, nodePool).describe("Pools of worker machines by name."),
  }),
});

export type TenantConfig = z.output<typeof tenantSettings>["tenant"];

/**
 * Parses the settings of a tenant stack.
 *
 * @param deployed version that runs now, if any.
 * @throws InvalidInput with every problem.
 */
export function parseTenantConfig(raw: unknown, deployed?: KubernetesVersion): TenantConfig {
  const { tenant } = parseSettings(tenantSettings, "tenant configuration", raw);
  refuse("tenant configuration", [
    ...versionProblems("tenant.kubernetesVersion", tenant.kubernetesVersion, deployed),
    ...overlaps(networkUses(tenant)),
  ]);
  return tenant;
}

/** @throws InvalidInput when the tenant's networks overlap those of the management cluster or of another tenant. */
export function refuseTenantOverlaps(config: TenantConfig, others: readonly Use[]): void {
  const foreign = networkUses(config).flatMap((use) => overlaps([use], others));
  refuse("tenant configuration", foreign);
}

function networkUses({ network }: TenantConfig): Use[] {
  return [
    { where: "tenant.network.podCidr", network: network.podCidr },
    { where: "tenant.network.serviceCidr", network: network.serviceCidr },
  ];
}
