import { z } from "zod";
import { overlaps, type Use } from "../../components/core/networks";
import { refuse } from "../../components/core/problem";
import { versionProblems, type KubernetesVersion } from "../../components/core/version";
import { cidr, kubernetesVersion, name, parseSettings, quantityText, tier } from "../settings";

const nodePool = z
  .strictObject({
    /** Number of machines. Left out when `autoscaling` decides it. */
    replicas: z.int().min(0).max(500).optional(),
    autoscaling: z.strictObject({ min: z.int().min(0), max: z.int().min(1).max(500) }).optional(),
    /** Cores of a machine. */
    cpus: z.int().min(1).max(128),
    /** Memory of a machine, e.g. 4Gi. */
    memory: quantityText,
    /** Container disk with kubelet and kubeadm of the cluster's Kubernetes version. */
    image: z.string(),
    /** Kubernetes labels of its nodes. */
    labels: z.record(z.string(), z.string()).default({}),
  })
  .refine((pool) => (pool.replicas === undefined) !== (pool.autoscaling === undefined), {
    message: "must have either replicas or autoscaling",
  })
  .refine((pool) => pool.autoscaling === undefined || pool.autoscaling.min <= pool.autoscaling.max, {
    message: "autoscaling.min must not exceed autoscaling.max",
  });

export const tenantSettings = z.strictObject({
  layer: z.literal("tenant"),
  tenant: z.strictObject({
    /** production protects the cluster from deletion. */
    tier: tier.default("production"),
    /** Version of the control plane and of the nodes. */
    kubernetesVersion,
    network: z.strictObject({
      /** Network of its pods, a /24 per node. Fixed once the cluster exists. */
      podCidr: cidr,
      /** Network of its services. Fixed once the cluster exists. */
      serviceCidr: cidr,
      /** Domain of its services; has a dot. Fixed once the cluster exists. */
      dnsDomain: z.string().default("cluster.local"),
      /** Private networks that its machines may reach, e.g. that of a registry. All others are closed. */
      reachable: z.array(cidr).default([]),
    }),
    controlPlane: z
      .strictObject({
        /** Copies of the API server. */
        replicas: z.int().min(1).max(5).default(2),
        /** How the API server is reached; LoadBalancer takes an address of the platform's pool. */
        serviceType: z.enum(["LoadBalancer", "NodePort", "ClusterIP"]).default("LoadBalancer"),
        /** Networks that may connect to a LoadBalancer; none means all. */
        allowedSources: z.array(cidr).default([]),
        /** Further names and addresses of the API, without port. */
        certSANs: z.array(z.string()).default([]),
      })
      .default({ replicas: 2, serviceType: "LoadBalancer", allowedSources: [], certSANs: [] }),
    /** What the tenant may use of the management cluster, all its machines and control plane together. */
    quota: z.strictObject({ cpu: quantityText, memory: quantityText, storage: quantityText }),
    nodePools: z.record(name, nodePool),
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
