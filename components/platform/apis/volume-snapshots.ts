import { kind, type ObjectMeta } from "../../kubernetes/manifest";

/* Kinds that come with the capability volume-snapshots. */

/** A VolumeSnapshotClass has no spec: its fields stand at the top. */
export interface VolumeSnapshotClassBody {
  readonly metadata: ObjectMeta;
  /** Name of the CSI driver. */
  readonly driver: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly deletionPolicy: "Delete" | "Retain";
}

export const VolumeSnapshotClass = kind<VolumeSnapshotClassBody>("snapshot.storage.k8s.io/v1", "VolumeSnapshotClass");
