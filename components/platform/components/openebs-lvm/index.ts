import { z } from "zod";
import { storageClass } from "../../apis/storage-classes";
import { VolumeSnapshotClass } from "../../apis/volume-snapshots";
import { OBJECTS } from "../../capabilities";
import type { Values } from "../../common-settings";
import { component, type PlannedObject } from "../../component";
import { FILTERED, SMALL } from "../../shared-values";
import { API_CLIENTS, CHART_EXEMPTIONS, EXEMPTIONS } from "./exemptions";
import { CHART_SANDBOX, SANDBOX } from "./sandbox";

const NAMESPACE = "openebs";
const CHART = "lvm-localpv";
const DRIVER = "local.csi.openebs.io";

const settings = {
  storage: {
    lvmVolumeGroup: z
      .string()
      .min(1)
      .exactOptional()
      .describe(
        "LVM volume group that every storage machine has, of local volumes by openebs-lvm; needed where it is on",
      ),
  },
};

/** Volumes of one machine, for software that keeps its own copies, where what replicates volumes has none. */
export const openebsLvm = component({
  name: "openebs-lvm",
  description: "Local volumes in an LVM volume group of every machine (OpenEBS LVM LocalPV), thin, with snapshots.",
  group: "storage",
  enabledByDefault: false,
  settings,
  check: ({ storage }) =>
    storage.lvmVolumeGroup === undefined
      ? [
          {
            where: "platform.storage.lvmVolumeGroup",
            given: "missing",
            rule: "names the volume group that local volumes are in",
            fix: "give the name that it has on every machine, or switch platform.components.openebs-lvm off",
          },
        ]
      : [],
  namespaces: { [NAMESPACE]: { podSecurity: "privileged", traffic: {} } },
  stages: [
    {
      chart: CHART,
      namespace: NAMESPACE,
      needs: ["pod-network", "volume-snapshots"],
      timeout: 600,
      takesCrdsAlong: true,
      values: lvmValues,
      images: {
        "lvmPlugin.image.registry": "docker.io/",
        "lvmNode.driverRegistrar.image.registry": "registry.k8s.io/",
        "lvmController.resizer.image.registry": "registry.k8s.io/",
        "lvmController.snapshotter.image.registry": "registry.k8s.io/",
        "lvmController.snapshotController.image.registry": "registry.k8s.io/",
        "lvmController.provisioner.image.registry": "registry.k8s.io/",
      },
      exemptions: CHART_EXEMPTIONS,
      sandbox: CHART_SANDBOX,
    },
    {
      stage: "lvm-storage-class",
      needs: ["volume-snapshots"],
      after: [CHART],
      provides: ["storage-class/local"],
      objects: ({ settings: { storage } }) => classes(storage.lvmVolumeGroup ?? ""),
    },
  ],
  exemptions: EXEMPTIONS,
  apiClients: API_CLIENTS,
  sandbox: SANDBOX,
});

function classes(volgroup: string): PlannedObject[] {
  const snapshots = "lvm-snapshots";
  return [
    storageClass({
      name: OBJECTS.localClass,
      isDefault: false,
      provisioner: DRIVER,
      volumeBindingMode: "WaitForFirstConsumer",
      parameters: { storage: "lvm", volgroup, thinProvision: "yes", fsType: "ext4" },
    }),
    {
      resource: snapshots,
      object: VolumeSnapshotClass({ metadata: { name: snapshots }, driver: DRIVER, deletionPolicy: "Delete" }),
    },
  ];
}

/** Kinds and controller of snapshots are those of the platform. */
function lvmValues(): Values {
  return {
    crds: { lvmLocalPv: { enabled: true }, csi: { volumeSnapshots: { enabled: false } } },
    // it would tell its makers about every volume
    analytics: { enabled: false },
    lvmController: { resources: SMALL, securityContext: FILTERED },
    lvmNode: { resources: SMALL },
  };
}
