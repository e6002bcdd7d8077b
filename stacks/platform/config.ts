import { z } from "zod";
import { overlaps, type Use } from "../../components/core/networks";
import { type Problem, refuse } from "../../components/core/problem";
import { cidr, parseSettings, tier } from "../settings";

const storagePool = z.union([
  z.strictObject({ zfs: z.string().describe("name of a zpool that every storage node has") }),
  z.strictObject({ lvmThin: z.strictObject({ volumeGroup: z.string(), thinPool: z.string() }) }),
  z.strictObject({ directory: z.string().startsWith("/").describe("for trials: files in a directory of the node") }),
]);

export const platformSettings = z.strictObject({
  layer: z.literal("platform"),
  platform: z.strictObject({
    /** production keeps data and CRDs on uninstall and runs two replicas of what can be redundant. */
    tier: tier.default("production"),
    /** Where charts and images come from instead of their upstream places (air gap); both optional. */
    mirror: z
      .strictObject({
        /** URL of one Helm repository that holds every chart of the lock file. */
        charts: z.url().optional(),
        /** Registry prefix that replaces the host of every image, e.g. registry.example/mirror. */
        images: z.string().optional(),
      })
      .default({}),
    networking: z.strictObject({
      /** Addresses of the management cluster's pods (Kube-OVN's default subnet). */
      podCidr: cidr,
      /** Kube-OVN's own network between nodes and pods. */
      joinCidr: cidr,
      /** Addresses that MetalLB hands out to Services, among them every tenant's Kubernetes API. */
      loadBalancerCidrs: z.array(cidr).min(1),
    }),
    storage: z.strictObject({
      pool: storagePool,
      /** Copies of a replicated volume. */
      replicas: z.int().min(1).max(5).default(3),
    }),
    /** Helm values of single charts, merged over the ones that the platform sets. Key: name in the catalog. */
    values: z.record(z.string(), z.record(z.string(), z.json())).default({}),
  }),
});

export type PlatformConfig = z.output<typeof platformSettings>["platform"];

/**
 * Parses the settings of a platform stack.
 *
 * @param management networks that the base stack already uses.
 * @throws InvalidInput with every problem.
 */
export function parsePlatformConfig(raw: unknown): PlatformConfig {
  return parseSettings(platformSettings, "platform configuration", raw).platform;
}

/** @throws InvalidInput when networks of the platform overlap each other or those of the machines. */
export function refuseNetworkOverlaps({ networking }: PlatformConfig, management: readonly Use[]): void {
  const own: Use[] = [
    { where: "platform.networking.podCidr", network: networking.podCidr },
    { where: "platform.networking.joinCidr", network: networking.joinCidr },
  ];
  const problems: Problem[] = overlaps(own, management);
  // load balancer addresses are part of the node network in layer 2 mode: they must only miss pods and services
  const pools = networking.loadBalancerCidrs.map((network, index) => ({
    where: `platform.networking.loadBalancerCidrs.${index}`,
    network,
  }));
  problems.push(...overlaps(pools, [...own, ...management.filter(({ where }) => !where.includes("nodeCidrs"))]));
  refuse("platform configuration", problems);
}
