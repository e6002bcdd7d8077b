import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Certificate, Issuer } from "./components/cert-manager/kinds";
import { LinstorCluster, LinstorSatelliteConfiguration } from "./components/piraeus/kinds";
import { VolumeSnapshotClass } from "./components/snapshot-controller/kinds";
import { waitForCondition } from "../kubernetes/wait";
import type { Installer } from "./installer";
import { ROOT_ISSUER } from "./networking";
import {
  AUTHORITIES,
  DRIVER,
  PASSPHRASE_SECRET,
  planStorage,
  type StorageClassPlan,
  type StoragePlan,
} from "./storage-plan";

export interface StorageArgs {
  readonly installer: Installer;
  /** What locks the keys of encrypted volumes; secret. Only where volumes are encrypted. */
  readonly passphrase?: pulumi.Output<string>;
}

/** Volumes: LINSTOR on the disks of every storage node, a local and a replicated class, snapshots. */
export class Storage extends pulumi.ComponentResource {
  constructor(
    name: string,
    private readonly args: StorageArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("firmament:platform:Storage", name, {}, opts);
    const { installer } = args;
    const plan = planStorage(installer.plan.facts);

    installer.chart("snapshot-controller", this);
    installer.chart("piraeus", this);
    installer.step("linstor", (dependsOn) => this.linstor(plan, dependsOn));
    installer.step("storage-classes", (dependsOn) => [
      ...plan.classes.map((storageClass) => this.storageClass(storageClass, dependsOn)),
      this.snapshotClass(dependsOn),
    ]);
    this.registerOutputs();
  }

  private linstor(plan: StoragePlan, dependsOn: pulumi.Resource[]): pulumi.Resource[] {
    const authorities = Object.values(AUTHORITIES).map((name) => this.authority(name, dependsOn));
    const passphrase = this.passphrase(dependsOn);
    // before the cluster, so that the first satellites already come up as Talos lets them
    const satellites = new LinstorSatelliteConfiguration(
      "satellites",
      { metadata: { name: "talos" }, spec: plan.satellites },
      { parent: this, dependsOn: [...dependsOn, ...authorities] },
    );
    const cluster = new LinstorCluster(
      "linstor",
      { metadata: { name: "linstorcluster", annotations: waitForCondition("Available") }, spec: plan.cluster },
      {
        parent: this,
        dependsOn: [satellites, ...passphrase],
        protect: this.args.installer.plan.protect,
        customTimeouts: PATIENT,
      },
    );
    return [cluster];
  }

  /** Kept when the program loses it: without it no encrypted volume can be read again. */
  private passphrase(dependsOn: pulumi.Resource[]): pulumi.Resource[] {
    const { installer, passphrase } = this.args;
    if (passphrase === undefined) return [];
    const { protect } = installer.plan;
    const { namespace } = installer.plan.releases.piraeus;
    const metadata = { name: PASSPHRASE_SECRET, namespace };
    const stringData = { MASTER_PASSPHRASE: pulumi.secret(passphrase) };
    const opts = { parent: this, dependsOn, protect, retainOnDelete: protect };
    return [new k8s.core.v1.Secret(PASSPHRASE_SECRET, { metadata, stringData }, opts)];
  }

  /** An issuer with a key of its own, in LINSTOR's namespace. */
  private authority(name: string, dependsOn: pulumi.Resource[]): pulumi.Resource {
    const { namespace } = this.args.installer.plan.releases.piraeus;
    const metadata = { name, namespace, annotations: waitForCondition("Ready") };
    const certificate = new Certificate(
      `${name}-certificate`,
      {
        metadata,
        spec: {
          isCA: true,
          commonName: name,
          secretName: name,
          duration: "87600h",
          privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Never" },
          issuerRef: { name: ROOT_ISSUER, kind: "ClusterIssuer", group: "cert-manager.io" },
        },
      },
      { parent: this, dependsOn },
    );
    return new Issuer(
      name,
      { metadata, spec: { ca: { secretName: name } } },
      { parent: this, dependsOn: [certificate] },
    );
  }

  private storageClass(plan: StorageClassPlan, dependsOn: pulumi.Resource[]): pulumi.Resource {
    const { name, isDefault, volumeBindingMode, parameters } = plan;
    return new k8s.storage.v1.StorageClass(
      name,
      {
        metadata: { name, annotations: { "storageclass.kubernetes.io/is-default-class": String(isDefault) } },
        provisioner: DRIVER,
        parameters,
        volumeBindingMode,
        reclaimPolicy: "Delete",
        allowVolumeExpansion: true,
      },
      { parent: this, dependsOn, protect: this.args.installer.plan.protect },
    );
  }

  private snapshotClass(dependsOn: pulumi.Resource[]): pulumi.Resource {
    const annotations = { "snapshot.storage.kubernetes.io/is-default-class": "true" };
    return new VolumeSnapshotClass(
      "linstor-snapshots",
      { metadata: { name: "linstor-snapshots", annotations }, driver: DRIVER, deletionPolicy: "Delete" },
      { parent: this, dependsOn },
    );
  }
}

/** Satellites start on every node, one image pull each. */
const PATIENT = { create: "20m", update: "20m" };
