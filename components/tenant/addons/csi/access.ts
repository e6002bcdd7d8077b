import type { PolicyRule, Rights } from "../../../kubernetes/rbac";
import { namespaceOf } from "../../names";
import type { Tenant } from "../../settings";
import type { TenantAccess } from "../../tenant-access";

const READ = ["get", "list", "watch"];

const rule = (group: string, resources: readonly string[], verbs: readonly string[]): PolicyRule => ({
  apiGroups: [group],
  resources,
  verbs,
});

const EVENTS = rule("", ["events"], ["create", "update", "patch"]);
const STORAGE = "storage.k8s.io";

const SNAPSHOTS = "snapshot.storage.k8s.io";

/**
 * What each container of the controller may do in the tenant, by its name: what its release asks for, less what this
 * driver does not use. No Secrets.
 */
const RIGHTS = {
  /** It makes a client and asks nothing. */
  "csi-driver": {},
  "csi-provisioner": {
    cluster: [
      rule("", ["persistentvolumes"], [...READ, "create", "patch", "delete"]),
      rule("", ["persistentvolumeclaims"], [...READ, "update"]),
      rule(STORAGE, ["storageclasses", "csinodes", "volumeattachments"], READ),
      // the node that a pod waits on, where a volume waits for its first pod
      rule("", ["nodes"], ["get"]),
      EVENTS,
    ],
  },
  "csi-attacher": {
    cluster: [
      rule("", ["persistentvolumes"], [...READ, "patch"]),
      rule(STORAGE, ["csinodes"], READ),
      rule(STORAGE, ["volumeattachments"], [...READ, "patch"]),
      rule(STORAGE, ["volumeattachments/status"], ["patch"]),
    ],
  },
  "csi-resizer": {
    cluster: [
      rule("", ["persistentvolumes"], [...READ, "patch"]),
      rule("", ["persistentvolumeclaims"], READ),
      rule("", ["persistentvolumeclaims/status"], ["patch"]),
      EVENTS,
    ],
  },
} as const satisfies Readonly<Record<string, Rights>>;

/** What they may do beyond that where the tenant takes snapshots; csi-snapshotter (8.4.0) is there only then. */
const SNAPSHOT_RIGHTS = {
  // once, to know which class of the tenant stands for which of the platform's (27b52aa, pkg/kubevirt/client.go)
  "csi-driver": [rule(SNAPSHOTS, ["volumesnapshotclasses"], ["list"])],
  // a volume that begins as a snapshot
  "csi-provisioner": [rule(SNAPSHOTS, ["volumesnapshots", "volumesnapshotcontents"], ["get", "list"])],
  "csi-snapshotter": [
    rule(SNAPSHOTS, ["volumesnapshotclasses"], READ),
    rule(SNAPSHOTS, ["volumesnapshotcontents"], [...READ, "update", "patch"]),
    rule(SNAPSHOTS, ["volumesnapshotcontents/status"], ["update", "patch"]),
    EVENTS,
  ],
} as const satisfies Readonly<Record<string, readonly PolicyRule[]>>;

export type CsiContainer = keyof typeof RIGHTS | keyof typeof SNAPSHOT_RIGHTS;

/** Access of each container to the tenant's API. */
export function accessOf(snapshots: boolean): TenantAccess[] {
  const own: Readonly<Record<string, Rights>> = RIGHTS;
  const more: Readonly<Record<string, readonly PolicyRule[]>> = snapshots ? SNAPSHOT_RIGHTS : {};
  return [...new Set([...Object.keys(own), ...Object.keys(more)])].map((name) => {
    const cluster = [...(own[name]?.cluster ?? []), ...(more[name] ?? [])];
    return { name, rights: cluster.length === 0 ? {} : { cluster } };
  });
}

/**
 * What the driver may do in the management cluster, as its release asks for: volumes and machines of the tenant's
 * namespace. The size of a volume is one of a PersistentVolume, which is in no namespace: it is read by name, never
 * listed.
 */
export function infraRights({ name }: Pick<Tenant, "name">, snapshots: boolean): Rights {
  return {
    cluster: [rule("", ["persistentvolumes"], ["get"])],
    namespaces: {
      [namespaceOf(name)]: [
        rule("cdi.kubevirt.io", ["datavolumes"], ["get", "create", "delete"]),
        rule("kubevirt.io", ["virtualmachines"], ["get"]),
        rule("kubevirt.io", ["virtualmachineinstances"], ["get", "list"]),
        rule(
          "subresources.kubevirt.io",
          ["virtualmachines/addvolume", "virtualmachines/removevolume", "virtualmachineinstances/removevolume"],
          ["update"],
        ),
        rule("", ["persistentvolumeclaims"], ["get", "patch"]),
        ...(snapshots ? [rule(SNAPSHOTS, ["volumesnapshots"], ["get", "create", "delete"])] : []),
      ],
    },
  };
}
