import { z } from "zod";
import { DNS_LABEL } from "../../../core/names";
import { text } from "../../settings/text";

/** An image whose content is fixed. */
const PINNED = /^[a-z0-9.-]+(:[0-9]+)?(\/[a-z0-9._-]+)+(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?@sha256:[0-9a-f]{64}$/;

const storageClass = z
  .strictObject({
    class: text
      .min(1, "must name a StorageClass")
      .exactOptional()
      .describe(
        "StorageClass of the management cluster that its volumes come from. Default: the one that the platform has for tenants.",
      ),
    isDefault: z
      .boolean("must be true or false")
      .exactOptional()
      .describe("Whether claims that name no class get this one. Default: where it is the only class."),
    reclaimPolicy: z
      .enum(["Delete", "Retain"], "must be Delete or Retain")
      .meta({ title: "Reclaim policy" })
      .default("Delete")
      .describe("What becomes of a volume whose claim is deleted."),
    bindingMode: z
      .enum(["Immediate", "WaitForFirstConsumer"], "must be Immediate or WaitForFirstConsumer")
      .meta({ title: "Binding mode" })
      .default("WaitForFirstConsumer")
      .describe("When a volume is made: with its claim, or with the first pod that uses it."),
    expandable: z
      .boolean("must be true or false")
      .exactOptional()
      .describe("Whether volumes can grow. Default: where those of the platform's class can."),
    fsType: z
      .enum(["ext4", "xfs"], "must be ext4 or xfs")
      .meta({ title: "File system" })
      .default("ext4")
      .describe("File system of volumes that are no block devices."),
  })
  .meta({ title: "Storage class", description: "A StorageClass of the tenant." });

/** The image of a sidecar that is not pinned here. */
const pinned = (example: string) =>
  text.regex(PINNED, `must be an image with registry and digest, like ${example}@sha256:…`);

const snapshots = z
  .strictObject({
    image: pinned("registry.k8s.io/sig-storage/csi-snapshotter:v8.4.0").describe(
      "Kubernetes' csi-snapshotter, of v8, by its digest.",
    ),
    deletionPolicy: z
      .enum(["Delete", "Retain"], "must be Delete or Retain")
      .meta({ title: "Snapshot deletion policy" })
      .default("Delete")
      .describe("What becomes of a snapshot in the platform's storage whose VolumeSnapshot is deleted."),
  })
  .meta({ title: "Snapshots" })
  .describe(
    "Snapshots of volumes, where the platform takes snapshots of its own: a VolumeSnapshotClass for each of the platform's that volumes of the tenant come from. None, when it is left out.",
  );

const className = text.refine(
  (given) => DNS_LABEL.test(given) && given.length <= 63,
  "must be a DNS label: a-z, 0-9 and - inside, at most 63 characters",
);

/** Settings of volumes. */
export const csiSettings = z
  .strictObject({
    enabled: z
      .boolean("must be true or false")
      .exactOptional()
      .describe("Whether it is installed. Default: where an image is given."),
    image: text
      .regex(
        PINNED,
        "must be an image with registry and digest, like quay.io/kubevirt/kubevirt-csi-driver@sha256:…: upstream's only tag moves",
      )
      .exactOptional()
      .describe(
        "KubeVirt's CSI driver, for the controller and for nodes, by its digest: upstream publishes no versions, only a tag that moves.",
      ),
    storageClasses: z
      .record(className, storageClass)
      .default({})
      .describe("StorageClasses of the tenant by name. Default: one that has the name of the platform's."),
    snapshots: snapshots.exactOptional(),
    volumesOnDelete: z
      .enum(["refuse", "delete", "keep"], "must be refuse, delete or keep")
      .meta({ title: "Volumes on delete" })
      .default("refuse")
      .describe(
        "What becomes of volumes when the tenant is deleted: they are deleted with it, they stay in the management cluster (keep, in tenant stacks only), or it is not deleted until this says what to do.",
      ),
  })
  .meta({ title: "CSI" });
