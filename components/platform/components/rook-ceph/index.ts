import type { Values } from "../../common-settings";
import { component } from "../../component";
import { CEPH_IMAGE, cephClasses, cephCluster, NAMESPACE } from "./cluster";
import { API_CLIENTS, CHART_EXEMPTIONS, EXEMPTIONS } from "./exemptions";
import { CHART_SANDBOX, SANDBOX } from "./sandbox";
import { cephSettings, fixedSettings, machineProblems, missingSettings } from "./settings";

const CHART = "rook-ceph";

/** Ceph: volumes on whole disks of the machines, each with copies on several, made and healed by an operator. */
export const rookCeph = component({
  name: "rook-ceph",
  description: "Replicated block volumes on whole disks of the machines (Ceph, by Rook), with snapshots.",
  group: "storage",
  enabledByDefault: false,
  settings: cephSettings,
  check: missingSettings,
  checkMachines: machineProblems,
  fixed: fixedSettings,
  namespaces: {
    // its monitors and disks are on the network of the machines
    [NAMESPACE]: { podSecurity: "privileged", traffic: { machinePorts: [3300, [6800, 7568]] } },
  },
  stages: [
    {
      chart: CHART,
      namespace: NAMESPACE,
      needs: ["pod-network", "volume-snapshots"],
      timeout: 600,
      values: rookValues,
      images: {
        "image.repository": "docker.io/rook/ceph",
        "csi.cephcsi.repository": "quay.io/cephcsi/cephcsi",
        "csi.registrar.repository": "registry.k8s.io/sig-storage/csi-node-driver-registrar",
        "csi.provisioner.repository": "registry.k8s.io/sig-storage/csi-provisioner",
        "csi.snapshotter.repository": "registry.k8s.io/sig-storage/csi-snapshotter",
        "csi.attacher.repository": "registry.k8s.io/sig-storage/csi-attacher",
        "csi.resizer.repository": "registry.k8s.io/sig-storage/csi-resizer",
        "csi.csiAddons.repository": "quay.io/csiaddons/k8s-sidecar",
      },
      exemptions: CHART_EXEMPTIONS,
      sandbox: CHART_SANDBOX,
    },
    {
      stage: "ceph",
      after: [CHART],
      objects: ({ settings, management }) => cephCluster(settings, management),
    },
    {
      stage: "ceph-storage-classes",
      needs: ["volume-snapshots"],
      after: ["ceph"],
      provides: ["volumes", "storage-class/replicated"],
      objects: cephClasses,
    },
  ],
  images: [CEPH_IMAGE],
  exemptions: EXEMPTIONS,
  apiClients: API_CLIENTS,
  sandbox: SANDBOX,
});

/** One copy: it elects no leader, and volumes stay while it is away. */
function rookValues(): Values {
  return {
    crds: { enabled: true },
    currentNamespaceOnly: true,
    // Talos has no udev rules that it would have to wait for, and no loop devices worth a volume
    allowLoopDevices: false,
    enableDiscoveryDaemon: false,
    hostpathRequiresPrivileged: false,
    rbacAggregate: { enableOBCs: false },
    containerSecurityContext: {
      runAsNonRoot: true,
      runAsUser: 2016,
      runAsGroup: 2016,
      allowPrivilegeEscalation: false,
      seccompProfile: { type: "RuntimeDefault" },
      capabilities: { drop: ["ALL"] },
    },
  };
}
