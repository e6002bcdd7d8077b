import { sidecarImage } from "../../../../versions/csi-sidecars";
import { mirrored } from "../../../kubernetes/image-mirror";
import { kind, type Manifest, type ObjectMeta } from "../../../kubernetes/manifest";
import { account } from "../../../kubernetes/rbac";
import type { AddonObject, ClusterSide } from "../../addon";
import type { Tenant } from "../../settings";
import { classesOf, storageClass } from "./classes";
import { DRIVER, NODE } from "./driver";
import { snapshotClasses, snapshotController } from "./snapshots";

const KUBELET = "/var/lib/kubelet";
const PLUGIN = `${KUBELET}/plugins/${DRIVER}`;
const HEALTH_PORT = 10300;

const CSIDriver = kind<Manifest<object>>("storage.k8s.io/v1", "CSIDriver");
const DaemonSet = kind<Manifest<object>>("apps/v1", "DaemonSet");

/** What is in the tenant: the driver's registration, its node plugin and the classes. */
export function clusterSide(tenant: Tenant): ClusterSide {
  const metadata = { name: NODE.name, namespace: NODE.namespace, labels: LABELS };
  const rights = { cluster: [{ apiGroups: [""], resources: ["nodes"], verbs: ["get"] }] };
  const objects: AddonObject[] = [
    {
      suffix: "csi-registration",
      object: CSIDriver({
        metadata: { name: DRIVER },
        spec: { attachRequired: true, podInfoOnMount: true, fsGroupPolicy: "ReadWriteOnceWithFSType" },
      }),
    },
    ...account(metadata, rights).map(({ part, object }) => ({ suffix: `csi-node-${part}`, object })),
    { suffix: "csi-node", object: nodePlugin(tenant, metadata) },
    ...classesOf(tenant).map((each) => ({
      suffix: `csi-class-${each.name}`,
      object: storageClass(each),
      protect: true,
    })),
  ];
  const snapshots = snapshotClasses(tenant);
  return {
    releases: snapshots.length === 0 ? [] : [snapshotController(tenant)],
    objects: [
      ...objects,
      ...snapshots.map((object) => ({ suffix: `csi-snapshots-${object.metadata.name}`, object, ofRelease: true })),
    ],
  };
}

const LABELS = { "app.kubernetes.io/name": NODE.name, "app.kubernetes.io/managed-by": "firmament" };

/** Mounts what was attached to its machine: it is root on a node of the tenant, and knows nothing of the platform. */
function nodePlugin(tenant: Tenant, metadata: ObjectMeta) {
  const selector = { matchLabels: { "app.kubernetes.io/name": NODE.name } };
  return DaemonSet({
    metadata: {
      ...metadata,
      annotations: {
        "pulumi.com/skipAwait": "true",
        "firmament.example/skip-await-reason": "its pods wait for nodes, of which a tenant may have none",
      },
    },
    spec: {
      selector,
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "10%" } },
      template: {
        metadata: { labels: LABELS },
        spec: {
          serviceAccountName: NODE.name,
          // it asks which machine its node is
          automountServiceAccountToken: true,
          priorityClassName: "system-node-critical",
          tolerations: [{ operator: "Exists" }],
          securityContext: { seccompProfile: { type: "RuntimeDefault" } },
          containers: [driver(tenant), registrar(tenant), probe(tenant)],
          volumes: [
            hostPath("kubelet", KUBELET, "Directory"),
            hostPath("plugin", PLUGIN, "DirectoryOrCreate"),
            hostPath("registration", `${KUBELET}/plugins_registry`, "Directory"),
            hostPath("devices", "/dev", "Directory"),
            hostPath("udev", "/run/udev", "Directory"),
          ],
        },
      },
    },
  });
}

function driver({ addons, platform }: Tenant) {
  return {
    name: "csi-driver",
    image: mirrored(addons.csi.image ?? "", platform.mirror.images),
    imagePullPolicy: "IfNotPresent",
    args: [
      "--endpoint=unix:/csi/csi.sock",
      "--node-name=$(NODE_NAME)",
      "--run-node-service=true",
      "--run-controller-service=false",
      "--v=2",
    ],
    env: [{ name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }],
    ports: [{ name: "healthz", containerPort: HEALTH_PORT, protocol: "TCP" }],
    livenessProbe: {
      httpGet: { path: "/healthz", port: "healthz" },
      initialDelaySeconds: 10,
      timeoutSeconds: 3,
      periodSeconds: 10,
      failureThreshold: 5,
    },
    resources: resources("10m", "64Mi", "512Mi"),
    // mounts of a container are seen on its node where it is privileged only
    securityContext: { privileged: true },
    volumeMounts: [
      { name: "kubelet", mountPath: KUBELET, mountPropagation: "Bidirectional" },
      { name: "plugin", mountPath: "/csi" },
      { name: "devices", mountPath: "/dev" },
      { name: "udev", mountPath: "/run/udev", readOnly: true },
    ],
  };
}

function registrar({ platform }: Tenant) {
  return {
    name: "registrar",
    image: mirrored(sidecarImage("csi-node-driver-registrar"), platform.mirror.images),
    imagePullPolicy: "IfNotPresent",
    args: ["--csi-address=/csi/csi.sock", `--kubelet-registration-path=${PLUGIN}/csi.sock`, "--v=2"],
    resources: resources("5m", "32Mi", "64Mi"),
    securityContext: CONFINED,
    volumeMounts: [
      { name: "plugin", mountPath: "/csi" },
      { name: "registration", mountPath: "/registration" },
    ],
  };
}

function probe({ platform }: Tenant) {
  return {
    name: "liveness-probe",
    image: mirrored(sidecarImage("livenessprobe"), platform.mirror.images),
    imagePullPolicy: "IfNotPresent",
    args: ["--csi-address=/csi/csi.sock", "--probe-timeout=3s", `--health-port=${HEALTH_PORT}`],
    resources: resources("5m", "32Mi", "64Mi"),
    securityContext: CONFINED,
    volumeMounts: [{ name: "plugin", mountPath: "/csi" }],
  };
}

/** Sockets of the node are root's. */
const CONFINED = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
} as const;

function resources(cpu: string, memory: string, limit: string) {
  const files = { "ephemeral-storage": "64Mi" };
  return { requests: { cpu, memory, ...files }, limits: { cpu: "500m", memory: limit, ...files } };
}

function hostPath(name: string, path: string, type: "Directory" | "DirectoryOrCreate") {
  return { name, hostPath: { path, type } };
}
