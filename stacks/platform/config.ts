import { z } from "zod";
import { overlaps, type Use } from "../../components/core/network-overlaps";
import { type Problem, refuse } from "../../components/core/problem";
import { cidr, parseSettings, tier } from "../settings";

const storagePool = z.union([
  z.strictObject({ zfs: z.string().describe("name of a zpool that every storage node has") }),
  z.strictObject({ lvmThin: z.strictObject({ volumeGroup: z.string(), thinPool: z.string() }) }),
  z.strictObject({ directory: z.string().startsWith("/").describe("for trials: files in a directory of the node") }),
]);

/** Key of the passphrase of LINSTOR's keys: `pulumi config set --secret firmament:storagePassphrase`. */
export const STORAGE_PASSPHRASE = "storagePassphrase";

export const platformSettings = z.strictObject({
  layer: z.literal("platform"),
  /** Read as a secret where it is needed, never from here. */
  [STORAGE_PASSPHRASE]: z.unknown().optional().describe("secret: locks the keys of encrypted volumes"),
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
      /**
       * Whether volumes are encrypted on the disks (LUKS), by keys that the secret setting storagePassphrase locks.
       * Default: in production. Fixed once there are volumes.
       */
      encryption: z.boolean().optional(),
    }),
    /** Helm values of single charts, merged over the ones that the platform sets. Key: name in the catalog. */
    values: z.record(z.string(), z.record(z.string(), z.json())).default({}),
  }),
});

type PlatformSettings = z.output<typeof platformSettings>["platform"];

export interface PlatformConfig extends Omit<PlatformSettings, "storage"> {
  readonly storage: Omit<PlatformSettings["storage"], "encryption"> & { readonly encryption: boolean };
}

/**
 * Parses the settings of a platform stack.
 *
 * @param management networks that the base stack already uses.
 * @throws InvalidInput with every problem.
 */
export function parsePlatformConfig(raw: unknown): PlatformConfig {
  const { platform, [STORAGE_PASSPHRASE]: passphrase } = parseSettings(platformSettings, "platform configuration", raw);
  const encryption = platform.storage.encryption ?? platform.tier === "production";
  if (encryption && (passphrase === undefined || passphrase === "")) refuse("platform configuration", [NO_PASSPHRASE]);
  return { ...platform, storage: { ...platform.storage, encryption } };
}

const NO_PASSPHRASE: Problem = {
  where: STORAGE_PASSPHRASE,
  given: "missing",
  rule: "locks the keys of encrypted volumes (platform.storage.encryption, the default in production)",
  fix: "run `pulumi config set --secret firmament:storagePassphrase` and keep a copy: without it no volume can be read",
};

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
