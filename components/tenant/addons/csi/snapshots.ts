import { mirrored } from "../../../kubernetes/image-mirror";
import { kind, type ObjectMeta } from "../../../kubernetes/manifest";
import type { AddonRelease } from "../../addon";
import type { Tenant } from "../../settings";
import { chartOf } from "../chart-of";
import { infraClasses } from "./classes";
import { DRIVER } from "./driver";

/** Snapshots of volumes: the driver takes them in the management cluster, of the tenant's volumes there. */

/** A class of the platform's snapshots, and the StorageClasses whose volumes it is for. */
export interface SnapshotMapping {
  readonly snapshotClass: string;
  readonly storageClasses: readonly string[];
}

/** Classes of snapshots of the tenant's volumes; none where it takes none, or the platform has none for them. */
export function snapshotMappings(tenant: Pick<Tenant, "addons" | "platform">): SnapshotMapping[] {
  if (tenant.addons.csi.snapshots === undefined) return [];
  const mappings = new Map<string, string[]>();
  for (const infra of infraClasses(tenant)) {
    const snapshotClass = tenant.platform.storageClasses?.[infra]?.snapshotClass;
    if (snapshotClass !== undefined) mappings.set(snapshotClass, [...(mappings.get(snapshotClass) ?? []), infra]);
  }
  return [...mappings].map(([snapshotClass, storageClasses]) => ({ snapshotClass, storageClasses }));
}

interface SnapshotClassBody {
  readonly metadata: ObjectMeta;
  readonly driver: string;
  readonly deletionPolicy: "Delete" | "Retain";
  readonly parameters: Readonly<Record<string, string>>;
}

const VolumeSnapshotClass = kind<SnapshotClassBody>("snapshot.storage.k8s.io/v1", "VolumeSnapshotClass");

/** The classes in the tenant, each under the name of the platform's. */
export function snapshotClasses(tenant: Tenant) {
  const mappings = snapshotMappings(tenant);
  const { deletionPolicy = "Delete" } = tenant.addons.csi.snapshots ?? {};
  return mappings.map(({ snapshotClass }) =>
    VolumeSnapshotClass({
      metadata: {
        name: snapshotClass,
        annotations: { "snapshot.storage.kubernetes.io/is-default-class": String(mappings.length === 1) },
      },
      driver: DRIVER,
      deletionPolicy,
      parameters: { infraSnapshotClassName: snapshotClass },
    }),
  );
}

/** Its kinds, and the controller that binds a VolumeSnapshot to what the driver has taken. */
export function snapshotController(tenant: Tenant): AddonRelease {
  const image = "registry.k8s.io/sig-storage/snapshot-controller";
  return {
    suffix: "csi-snapshot-controller",
    name: "snapshot-controller",
    namespace: "kube-system",
    chart: chartOf(tenant, "snapshot-controller"),
    values: () => ({
      installCRDs: true,
      controller: {
        image: { repository: mirrored(image, tenant.platform.mirror.images) },
        replicaCount: 1,
        resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "256Mi" } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          runAsNonRoot: true,
          runAsUser: 1000,
          capabilities: { drop: ["ALL"] },
          seccompProfile: { type: "RuntimeDefault" },
        },
      },
      webhook: { enabled: false },
    }),
    notAwaited: "its pods wait for nodes, of which a tenant may have none",
  };
}
