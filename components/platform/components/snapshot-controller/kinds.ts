import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { ObjectMeta } from "../../../kubernetes/manifest";

/** A VolumeSnapshotClass has no spec: its fields stand at the top. */
export interface VolumeSnapshotClassArgs {
  readonly metadata: ObjectMeta;
  /** Name of the CSI driver. */
  readonly driver: string;
  readonly deletionPolicy: "Delete" | "Retain";
}

export class VolumeSnapshotClass extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: VolumeSnapshotClassArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: "snapshot.storage.k8s.io/v1", kind: "VolumeSnapshotClass", ...args }, opts);
  }
}
