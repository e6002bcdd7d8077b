import { mirrored } from "../../../kubernetes/image-mirror";
import { kind, type Manifest } from "../../../kubernetes/manifest";
import { waitForField } from "../../../kubernetes/wait";
import { storageClass } from "../../apis/storage-classes";
import { VolumeSnapshotClass } from "../../apis/volume-snapshots";
import { OBJECTS } from "../../capabilities";
import type { ManagementCluster, PlannedObject } from "../../component";
import { cephOf, type CephSettings, encryptedDisks, monitors, storageMachines } from "./settings";

export const NAMESPACE = "rook-ceph";
const CLUSTER = "rook-ceph";
const DRIVER = `${NAMESPACE}.rbd.csi.ceph.com`;
const POOL = "replicated";

/** Release of Ceph that this release of the operator is made for, upstream's default. */
export const CEPH_IMAGE = "quay.io/ceph/ceph";
const CEPH_RELEASE = "v20.2.4";

const CephCluster = kind<Manifest<object>>("ceph.rook.io/v1", "CephCluster");
const CephBlockPool = kind<Manifest<object>>("ceph.rook.io/v1", "CephBlockPool");

const memory = (request: string, limit: string) => ({
  requests: { cpu: "200m", memory: request },
  limits: { memory: limit },
});

export function cephCluster(settings: CephSettings, management: ManagementCluster): PlannedObject[] {
  const { mirror } = settings;
  const { copies } = cephOf(settings);
  const cluster = CephCluster({
    metadata: { name: CLUSTER, namespace: NAMESPACE, annotations: waitForField(".status.phase", "Ready") },
    spec: {
      cephVersion: { image: `${mirrored(CEPH_IMAGE, mirror.images)}:${CEPH_RELEASE}` },
      dataDirHostPath: "/var/lib/rook",
      mon: { count: monitors(settings, management), allowMultiplePerNode: false },
      mgr: { count: 2, allowMultiplePerNode: false },
      dashboard: { enabled: false },
      // the network of the machines, on which their kernels attach volumes, encrypted
      network: { provider: "host", connections: { requireMsgr2: true, encryption: { enabled: true } } },
      storage: disks(settings, management),
      disruptionManagement: { managePodBudgets: true },
      // removing the object must not remove what is on the disks
      cleanupPolicy: { confirmation: "", allowUninstallWithVolumes: false },
      removeOSDsIfOutAndSafeToRemove: false,
      resources: {
        mon: memory("1Gi", "2Gi"),
        mgr: memory("512Mi", "2Gi"),
        osd: memory("4Gi", "6Gi"),
        prepareosd: memory("256Mi", "1Gi"),
        crashcollector: memory("64Mi", "128Mi"),
        exporter: memory("64Mi", "256Mi"),
      },
    },
  });
  const pool = CephBlockPool({
    metadata: { name: POOL, namespace: NAMESPACE, annotations: waitForField(".status.phase", "Ready") },
    spec: { failureDomain: "host", replicated: { size: copies, requireSafeReplicaSize: true } },
  });
  return [
    // disks are looked at one by one on every machine, then made
    { resource: "ceph-cluster", object: cluster, protect: true, patience: 30 },
    { resource: "ceph-pool", object: pool, after: ["ceph-cluster"], protect: true, patience: 20 },
  ];
}

/** Whole disks that are empty: Ceph takes no other. */
function disks(settings: CephSettings, management: ManagementCluster): object {
  return {
    useAllNodes: false,
    useAllDevices: false,
    devicePathFilter: cephOf(settings).devices,
    nodes: storageMachines(settings, management).map((name) => ({ name })),
    config: { encryptedDevice: String(encryptedDisks(settings)) },
  };
}

/** Block volumes, which several machines can have open: disks of virtual machines move between them. */
export function cephClasses(): PlannedObject[] {
  const secret = (purpose: string, name: string) => ({
    [`csi.storage.k8s.io/${purpose}-secret-name`]: name,
    [`csi.storage.k8s.io/${purpose}-secret-namespace`]: NAMESPACE,
  });
  const provisioner = "rook-csi-rbd-provisioner";
  const snapshots = "ceph-snapshots";
  return [
    storageClass({
      name: OBJECTS.replicatedClass,
      isDefault: true,
      provisioner: DRIVER,
      volumeBindingMode: "Immediate",
      parameters: {
        clusterID: NAMESPACE,
        pool: POOL,
        imageFormat: "2",
        imageFeatures: "layering,exclusive-lock,object-map,fast-diff,deep-flatten",
        "csi.storage.k8s.io/fstype": "ext4",
        ...secret("provisioner", provisioner),
        ...secret("controller-expand", provisioner),
        ...secret("controller-publish", provisioner),
        ...secret("node-stage", "rook-csi-rbd-node"),
      },
    }),
    {
      resource: snapshots,
      object: VolumeSnapshotClass({
        metadata: { name: snapshots, annotations: { "snapshot.storage.kubernetes.io/is-default-class": "true" } },
        driver: DRIVER,
        parameters: { clusterID: NAMESPACE, ...secret("snapshotter", provisioner) },
        deletionPolicy: "Delete",
      }),
    },
  ];
}
