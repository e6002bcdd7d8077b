import { storageClass } from "../../apis/storage-classes";
import { VolumeSnapshotClass } from "../../apis/volume-snapshots";
import { OBJECTS } from "../../capabilities";
import type { PlannedObject } from "../../component";
import { POOL } from "./linstor";
import { encrypted, type StorageSettings } from "./settings";

/** Name of LINSTOR's CSI driver, which prefixes the parameters of its StorageClasses. */
const DRIVER = "linstor.csi.linbit.com";

const SNAPSHOTS = "linstor-snapshots";

export function storageClasses(settings: StorageSettings): PlannedObject[] {
  return [local(settings), replicated(settings), snapshots()];
}

/** Encryption is above the pool and below replication: every node has the volume under the same key. */
function layers(settings: StorageSettings, ...above: string[]): string {
  return [...above, ...(encrypted(settings) ? ["luks"] : []), "storage"].join(" ");
}

function local(settings: StorageSettings): PlannedObject {
  return storageClass({
    name: OBJECTS.localClass,
    isDefault: false,
    provisioner: DRIVER,
    volumeBindingMode: "WaitForFirstConsumer",
    parameters: {
      [`${DRIVER}/storagePool`]: POOL,
      [`${DRIVER}/layerList`]: layers(settings),
      [`${DRIVER}/allowRemoteVolumeAccess`]: "false",
    },
  });
}

/** Without quorum a volume stops instead of diverging; the last Primary may go on once it is alone for certain. */
function replicated(settings: StorageSettings): PlannedObject {
  const property = `property.${DRIVER}/DrbdOptions`;
  return storageClass({
    name: OBJECTS.replicatedClass,
    isDefault: true,
    provisioner: DRIVER,
    volumeBindingMode: "Immediate",
    parameters: {
      [`${DRIVER}/storagePool`]: POOL,
      [`${DRIVER}/autoPlace`]: String(settings.storage.replicas),
      [`${DRIVER}/layerList`]: layers(settings, "drbd"),
      [`${DRIVER}/allowRemoteVolumeAccess`]: "true",
      [`${property}/auto-quorum`]: "suspend-io",
      [`${property}/Resource/on-no-data-accessible`]: "suspend-io",
      [`${property}/Resource/on-suspended-primary-outdated`]: "force-secondary",
      [`${property}/Net/rr-conflict`]: "retry-connect",
    },
  });
}

function snapshots(): PlannedObject {
  const annotations = { "snapshot.storage.kubernetes.io/is-default-class": "true" };
  const metadata = { name: SNAPSHOTS, annotations };
  return { resource: SNAPSHOTS, object: VolumeSnapshotClass({ metadata, driver: DRIVER, deletionPolicy: "Delete" }) };
}
