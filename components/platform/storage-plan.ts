import type {
  LinstorClusterSpec,
  LinstorSatelliteConfigurationSpec,
  LinstorStoragePool,
} from "./components/piraeus/kinds";
import { mirrored, type PlatformFacts, type PlatformSpec, type StoragePool } from "./facts";

/** Name of LINSTOR's CSI driver, which prefixes the parameters of its StorageClasses. */
export const DRIVER = "linstor.csi.linbit.com";

/** Name of LINSTOR's pool on every storage node. */
const POOL = "data";

/** The class for everything that keeps its own copies: one volume on one node, found by its pod. */
export const LOCAL_CLASS = "local";

/** The class for everything else, disks of virtual machines first: copies on several nodes, usable from any. */
export const REPLICATED_CLASS = "replicated";

/** Certificate authorities of LINSTOR. Two, so that a client of its API cannot pass for a satellite. */
export const AUTHORITIES = { internalTLS: "linstor-internal-ca", apiTLS: "linstor-api-ca" } as const;

/** Secret with the passphrase that locks the keys of encrypted volumes. */
export const PASSPHRASE_SECRET = "linstor-passphrase";

export interface StorageClassPlan {
  readonly name: string;
  readonly isDefault: boolean;
  readonly volumeBindingMode: "Immediate" | "WaitForFirstConsumer";
  readonly parameters: Readonly<Record<string, string>>;
}

export interface StoragePlan {
  readonly cluster: LinstorClusterSpec;
  readonly satellites: LinstorSatelliteConfigurationSpec;
  readonly classes: readonly StorageClassPlan[];
}

export function planStorage({ spec }: PlatformFacts): StoragePlan {
  const tls = (authority: keyof typeof AUTHORITIES) => ({
    certManager: { name: AUTHORITIES[authority], kind: "Issuer" as const },
  });
  return {
    cluster: {
      ...(spec.mirror.images === undefined
        ? {}
        : { repository: mirrored("quay.io/piraeusdatastore", spec.mirror.images) }),
      ...(spec.storage.encryption ? { linstorPassphraseSecret: PASSPHRASE_SECRET } : {}),
      internalTLS: tls("internalTLS"),
      apiTLS: tls("apiTLS"),
      properties: drbdProperties(),
    },
    satellites: {
      internalTLS: tls("internalTLS"),
      storagePools: [linstorPool(spec.storage.pool)],
      podTemplate: talosPods(),
    },
    classes: [localClass(spec.storage), replicatedClass(spec.storage)],
  };
}

function linstorPool(pool: StoragePool): LinstorStoragePool {
  if ("zfs" in pool) return { name: POOL, zfsThinPool: { zPool: pool.zfs } };
  if ("lvmThin" in pool) return { name: POOL, lvmThinPool: pool.lvmThin };
  return { name: POOL, fileThinPool: { directory: pool.directory } };
}

/** Verified replication, and patience enough for a busy node not to lose its peers. */
function drbdProperties(): LinstorClusterSpec["properties"] {
  const properties = {
    "DrbdOptions/auto-diskful": "30",
    "DrbdOptions/auto-diskful-allow-cleanup": "true",
    "DrbdOptions/Net/verify-alg": "crc32c",
    "DrbdOptions/Net/connect-int": "15",
    "DrbdOptions/Net/ping-int": "15",
    "DrbdOptions/Net/ping-timeout": "20",
    "DrbdOptions/Net/timeout": "100",
  };
  return Object.entries(properties).map(([name, value]) => ({ name, value }));
}

/**
 * Satellites as Talos lets them run (upstream: docs/how-to/talos.md): DRBD comes with the machine's image, there is no
 * systemd, and /etc cannot be written.
 */
function talosPods(): object {
  const gone = (name: string) => ({ name, $patch: "delete" });
  const writable = (name: string, path: string) => ({ name, hostPath: { path, type: "DirectoryOrCreate" } });
  return {
    spec: {
      initContainers: ["drbd-shutdown-guard", "drbd-module-loader"].map(gone),
      volumes: [
        ...["run-systemd-system", "run-drbd-shutdown-guard", "systemd-bus-socket", "lib-modules", "usr-src"].map(gone),
        writable("etc-lvm-backup", "/var/etc/lvm/backup"),
        writable("etc-lvm-archive", "/var/etc/lvm/archive"),
      ],
    },
  };
}

/** Encryption lies above the pool and below replication: every node has the volume under the same key. */
function layers({ encryption }: PlatformSpec["storage"], ...above: string[]): string {
  return [...above, ...(encryption ? ["luks"] : []), "storage"].join(" ");
}

function localClass(storage: PlatformSpec["storage"]): StorageClassPlan {
  return {
    name: LOCAL_CLASS,
    isDefault: false,
    volumeBindingMode: "WaitForFirstConsumer",
    parameters: {
      [`${DRIVER}/storagePool`]: POOL,
      [`${DRIVER}/layerList`]: layers(storage),
      [`${DRIVER}/allowRemoteVolumeAccess`]: "false",
    },
  };
}

/** Without quorum a volume stops instead of diverging; the last Primary may go on once it is alone for certain. */
function replicatedClass(storage: PlatformSpec["storage"]): StorageClassPlan {
  const property = `property.${DRIVER}/DrbdOptions`;
  return {
    name: REPLICATED_CLASS,
    isDefault: true,
    volumeBindingMode: "Immediate",
    parameters: {
      [`${DRIVER}/storagePool`]: POOL,
      [`${DRIVER}/autoPlace`]: String(storage.replicas),
      [`${DRIVER}/layerList`]: layers(storage, "drbd"),
      [`${DRIVER}/allowRemoteVolumeAccess`]: "true",
      [`${property}/auto-quorum`]: "suspend-io",
      [`${property}/Resource/on-no-data-accessible`]: "suspend-io",
      [`${property}/Resource/on-suspended-primary-outdated`]: "force-secondary",
      [`${property}/Net/rr-conflict`]: "retry-connect",
    },
  };
}
