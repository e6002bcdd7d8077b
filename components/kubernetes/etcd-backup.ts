/**
 * Snapshots of the management cluster's etcd that a pod takes: machines let pods of this namespace ask for one, and the
 * platform's component etcd-backup runs there.
 */
export const ETCD_BACKUP = {
  namespace: "etcd-backup",
  /** Role of the Talos API that may take snapshots and nothing else. */
  role: "os:etcd:backup",
} as const;
