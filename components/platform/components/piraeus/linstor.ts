import { mirrored } from "../../../kubernetes/image-mirror";
import type { ManagementCluster } from "../../component";
import type { LinstorClusterSpec, LinstorSatelliteConfigurationSpec, LinstorStoragePool } from "./kinds";
import { encrypted, type StoragePool, type StorageSettings } from "./settings";

/** Name of LINSTOR's pool on every storage node. */
export const POOL = "data";

/** Certificate authorities of LINSTOR. Two, so that a client of its API cannot pass for a satellite. */
export const AUTHORITIES = { internalTLS: "linstor-internal-ca", apiTLS: "linstor-api-ca" } as const;

/** Secret with the passphrase that locks the keys of encrypted volumes. */
export const PASSPHRASE_SECRET = "linstor-passphrase";

export const IMAGES = "quay.io/piraeusdatastore";

export function linstorCluster(settings: StorageSettings, management: ManagementCluster): LinstorClusterSpec {
  const { mirror, storage } = settings;
  return {
    ...(storage.machines === undefined ? {} : placement(storage.machines, management)),
    ...(mirror.images === undefined ? {} : { repository: mirrored(IMAGES, mirror.images) }),
    ...(encrypted(settings) ? { linstorPassphraseSecret: PASSPHRASE_SECRET } : {}),
    internalTLS: tls("internalTLS"),
    apiTLS: tls("apiTLS"),
    properties: drbdProperties(),
  };
}

/** Satellites on these machines only; a control plane has to be tolerated, which keeps other pods away. */
function placement(
  names: readonly string[],
  { machines }: ManagementCluster,
): Pick<LinstorClusterSpec, "nodeAffinity" | "tolerations"> {
  const key = "kubernetes.io/hostname";
  const controlPlane = {
    key: "node-role.kubernetes.io/control-plane",
    operator: "Exists",
    effect: "NoSchedule",
  } as const;
  return {
    nodeAffinity: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: "In", values: [...names] }] }] },
    ...(names.some((name) => machines[name]?.role === "controlplane") ? { tolerations: [controlPlane] } : {}),
  };
}

export function satellites({ storage }: StorageSettings): LinstorSatelliteConfigurationSpec {
  return {
    internalTLS: tls("internalTLS"),
    storagePools: storage.pool === undefined ? [] : [linstorPool(storage.pool)],
    podTemplate: talosPods(),
  };
}

function tls(authority: keyof typeof AUTHORITIES) {
  return { certManager: { name: AUTHORITIES[authority], kind: "Issuer" as const } };
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
