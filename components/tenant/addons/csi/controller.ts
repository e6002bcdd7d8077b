import { sidecarImage } from "../../../../versions/csi-sidecars";
import type { ManagementSide } from "../../addon";
import { largestRolling } from "../../capacity";
import type { Resources } from "../../kinds/pods";
import { CLUSTER_LABEL, namespaceOf } from "../../names";
import type { Tenant } from "../../settings";
import { kubeconfigSecretOf, KUBECONFIG_KEY } from "../../tenant-access";
import {
  type Controller,
  type ControllerContainer,
  controllerDemand,
  controllerObjects,
  managementApi,
} from "../controller";
import { accessOf, type CsiContainer, infraRights } from "./access";
import { infraClasses } from "./classes";
import { CONTROLLER } from "./driver";
import { snapshotMappings } from "./snapshots";

const SOCKET = { volume: "socket", folder: "/csi", file: "/csi/csi.sock" } as const;
const HEALTH_PORT = 10301;
/** Where Kubernetes' clients look for the access of their pod. */
const TOKEN_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

const SMALL: Resources = {
  requests: { cpu: "10m", memory: "64Mi" },
  limits: { cpu: "250m", memory: "256Mi" },
};

/** The driver and its sidecars, in the tenant's namespace of the management cluster. */
export function managementSide(tenant: Tenant): ManagementSide {
  const controller = csiController(tenant);
  const own = controllerDemand(controller);
  const plugs = attachments(tenant);
  return {
    objects: controllerObjects(tenant, controller),
    networkPolicies: [managementApi(tenant, controller)],
    demand: { cpu: own.cpu + plugs.cpu, memory: own.memory + plugs.memory, pods: own.pods + plugs.pods },
    access: accessOf(takesSnapshots(tenant)),
  };
}

const takesSnapshots = ({ addons }: Pick<Tenant, "addons">) => addons.csi.snapshots !== undefined;

/**
 * Volumes are attached to a machine that runs by a pod beside it, of KubeVirt's size (virt-controller 1.8,
 * RenderHotplugAttachmentPodTemplate: 100m, 80M); while they change there are two.
 */
function attachments({ nodePools }: Tenant) {
  const machines = Object.values(nodePools).reduce((sum, pool) => sum + largestRolling(pool), 0);
  const pods = machines === 0 ? 0 : machines + 1;
  return { cpu: pods * 0.1, memory: pods * 80e6, pods };
}

function csiController(tenant: Tenant): Controller {
  return {
    name: CONTROLLER,
    replicas: 1,
    single: true,
    containers: [
      driver(tenant),
      sidecar("csi-provisioner", sidecarImage("csi-provisioner"), [
        "--default-fstype=ext4",
        // the driver waits for two minutes for what it asked of the management cluster
        "--timeout=3m",
        "--retry-interval-max=1m",
      ]),
      sidecar("csi-attacher", sidecarImage("csi-attacher"), ["--timeout=3m", "--retry-interval-max=1m"]),
      sidecar("csi-resizer", sidecarImage("csi-resizer"), ["--timeout=3m", "--handle-volume-inuse-error=false"]),
      ...snapshotter(tenant),
      {
        name: "liveness-probe",
        image: sidecarImage("livenessprobe"),
        args: [`--csi-address=${SOCKET.file}`, "--probe-timeout=3s", `--health-port=${HEALTH_PORT}`],
        resources: { requests: { cpu: "5m", memory: "32Mi" }, limits: { cpu: "100m", memory: "64Mi" } },
        volumeMounts: [socketMount()],
      },
    ],
    volumes: [
      { name: SOCKET.volume, emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
      ...accessOf(takesSnapshots(tenant)).map(({ name }) => ({
        name: tenantVolume(name),
        secret: { secretName: kubeconfigSecretOf({ name }) },
      })),
      managementAccess(),
    ],
    rights: infraRights(tenant, takesSnapshots(tenant)),
    // only the driver's container has the token, by a volume of its own
    usesManagementApi: false,
  };
}

function driver(tenant: Tenant): ControllerContainer {
  const { name, addons } = tenant;
  const snapshots = snapshotMappings(tenant).map(({ snapshotClass, storageClasses }) => ({
    storageClasses,
    volumeSnapshotClasses: [snapshotClass],
  }));
  const enforcement = {
    allowAll: false,
    allowDefault: false,
    allowList: infraClasses(tenant),
    ...(snapshots.length === 0 ? {} : { storageSnapshotMapping: snapshots }),
  };
  return {
    name: "csi-driver",
    // rules refuse a tenant without
    image: addons.csi.image ?? "",
    args: [
      `--endpoint=unix://${SOCKET.file}`,
      `--infra-cluster-namespace=${namespaceOf(name)}`,
      `--infra-cluster-labels=${CLUSTER_LABEL}=${name}`,
      `--tenant-cluster-kubeconfig=${TENANT_FILE}`,
      "--run-node-service=false",
      "--run-controller-service=true",
      "--v=2",
    ],
    env: [{ name: "INFRA_STORAGE_CLASS_ENFORCEMENT", value: JSON.stringify(enforcement) }],
    resources: SMALL,
    ports: [{ name: "healthz", containerPort: HEALTH_PORT }],
    livenessProbe: {
      httpGet: { path: "/healthz", port: "healthz" },
      initialDelaySeconds: 10,
      periodSeconds: 10,
      failureThreshold: 5,
    },
    volumeMounts: [
      socketMount(),
      tenantMount("csi-driver"),
      { name: "management", mountPath: TOKEN_FOLDER, readOnly: true },
    ],
  };
}

/** Where the tenant takes snapshots; its image is named by the tenant's owner. */
function snapshotter({ addons }: Tenant): ControllerContainer[] {
  const { snapshots } = addons.csi;
  if (snapshots === undefined) return [];
  // the driver waits for two minutes until a snapshot is ready
  return [sidecar("csi-snapshotter", snapshots.image, ["--timeout=3m"])];
}

function sidecar(
  name: Exclude<CsiContainer, "csi-driver">,
  image: string,
  args: readonly string[],
): ControllerContainer {
  return {
    name,
    image,
    args: [`--csi-address=${SOCKET.file}`, `--kubeconfig=${TENANT_FILE}`, "--v=2", ...args],
    resources: SMALL,
    volumeMounts: [socketMount(), tenantMount(name)],
  };
}

const socketMount = () => ({ name: SOCKET.volume, mountPath: SOCKET.folder });
const tenantVolume = (container: string) => `tenant-${container}`;
const tenantMount = (container: CsiContainer) => ({
  name: tenantVolume(container),
  mountPath: "/etc/tenant",
  readOnly: true,
});
/** The same path in every container, each with its own file. */
const TENANT_FILE = `/etc/tenant/${KUBECONFIG_KEY}`;

/** What a pod has whose token is mounted by itself, for one container. */
function managementAccess() {
  return {
    name: "management",
    projected: {
      sources: [
        { serviceAccountToken: { path: "token", expirationSeconds: 3600 } },
        { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
        { downwardAPI: { items: [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }] } },
      ],
    },
  };
}
