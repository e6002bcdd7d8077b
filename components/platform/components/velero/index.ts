import { z } from "zod";
import { url } from "../../../core/schema";
import { kind, type ObjectMeta } from "../../../kubernetes/manifest";
import type { Values } from "../../common-settings";
import { component, type OwnSettings, type PlatformInputs, SecretSetting } from "../../component";
import { CONFINED } from "../../shared-values";
import { API_CLIENTS, CHART_EXEMPTIONS } from "./exemptions";
import { CHART_SANDBOX, SANDBOX } from "./sandbox";

const NAMESPACE = "velero";
const CHART = "velero";
const CREDENTIALS = "velero-credentials";
const KEYS = "backupCredentials";
const PLUGIN = "docker.io/velero/velero-plugin-for-aws";

const settings = {
  backup: {
    bucket: z.string().min(3).exactOptional().describe("bucket that backups are kept in; needed where velero is on"),
    server: url(["https"], "https://s3.example")
      .exactOptional()
      .describe("address of the object store (S3); default: that of the region"),
    region: z.string().min(1).default("us-east-1").describe("region of the bucket"),
    schedule: z
      .string()
      .regex(/^(\S+ ){4}\S+$/, "must be a schedule of five fields like 0 3 * * *")
      .default("0 3 * * *")
      .describe("when everything is backed up, as in crontab, UTC"),
    keep: z
      .string()
      .regex(/^[1-9]\d*h$/, "must be a number of hours like 720h")
      .default("720h")
      .describe("how long a backup is kept"),
    pluginVersion: z
      .string()
      .regex(/^v\d+\.\d+\.\d+$/, "must be a version like v1.14.1")
      .default("v1.14.1")
      .describe("release of Velero's plugin for object stores"),
  },
};

const Secret = kind<{ readonly metadata: ObjectMeta; readonly stringData: Readonly<Record<string, unknown>> }>(
  "v1",
  "Secret",
);

/** Backs objects up, and volumes by their snapshots, into an object store outside the cloud. */
export const velero = component({
  name: "velero",
  description: "Backups of all objects, and of volumes by snapshots that are moved to an object store (Velero).",
  group: "operations",
  enabledByDefault: false,
  settings,
  secrets: {
    [KEYS]: {
      description: "secret: what Velero signs in to the object store with: a file of AWS credentials",
      required: () => ({
        rule: "is what Velero signs in to the object store with",
        fix: `set it with \`pulumi config set --secret firmament:${KEYS} < credentials\`: [default], aws_access_key_id and aws_secret_access_key`,
      }),
    },
  },
  check: ({ backup }) =>
    backup.bucket === undefined
      ? [
          {
            where: "platform.backup.bucket",
            given: "missing",
            rule: "names where backups are kept",
            fix: "give a bucket of an object store outside this cloud, or switch platform.components.velero off",
          },
        ]
      : [],
  namespaces: { [NAMESPACE]: { podSecurity: "baseline", traffic: { internet: true } } },
  stages: [
    {
      stage: "backup-credentials",
      needs: ["pod-network"],
      objects: () => [
        {
          resource: CREDENTIALS,
          object: Secret({
            metadata: { name: CREDENTIALS, namespace: NAMESPACE },
            stringData: { cloud: new SecretSetting(KEYS) },
          }),
        },
      ],
    },
    {
      chart: CHART,
      namespace: NAMESPACE,
      needs: ["volume-snapshots"],
      after: ["backup-credentials"],
      provides: ["backups"],
      timeout: 600,
      values: veleroValues,
      images: { "image.repository": "docker.io/velero/velero", "kubectl.image.repository": "registry.k8s.io/kubectl" },
      exemptions: CHART_EXEMPTIONS,
      sandbox: CHART_SANDBOX,
    },
  ],
  images: [PLUGIN],
  apiClients: API_CLIENTS,
  sandbox: SANDBOX,
});

/** One copy: it elects no leader. */
function veleroValues({ settings: { backup } }: PlatformInputs<OwnSettings<typeof settings>>): Values {
  const config = {
    region: backup.region,
    ...(backup.server === undefined ? {} : { s3Url: backup.server, s3ForcePathStyle: "true" }),
  };
  return {
    initContainers: [
      {
        name: "object-store",
        image: `${PLUGIN}:${backup.pluginVersion}`,
        imagePullPolicy: "IfNotPresent",
        volumeMounts: [{ mountPath: "/target", name: "plugins" }],
        securityContext: { ...CONFINED, runAsUser: 65532 },
        resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "128Mi" } },
      },
    ],
    configuration: {
      features: "EnableCSI",
      // volumes leave the cloud as well: a snapshot beside its volume is lost with it
      defaultSnapshotMoveData: true,
      backupStorageLocation: [{ name: "default", provider: "aws", bucket: backup.bucket, default: true, config }],
      volumeSnapshotLocation: [],
    },
    snapshotsEnabled: false,
    credentials: { useSecret: true, existingSecret: CREDENTIALS },
    // has pods move what snapshots hold
    deployNodeAgent: true,
    nodeAgent: {
      // files of pods on the node are for backups of file systems, which this one does not take
      disableHostPath: true,
      resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "2Gi" } },
      podSecurityContext: { runAsUser: 0, seccompProfile: { type: "RuntimeDefault" } },
      containerSecurityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    },
    schedules: {
      everything: {
        disabled: false,
        schedule: backup.schedule,
        useOwnerReferencesInBackup: false,
        template: { ttl: backup.keep, includeClusterResources: true, storageLocation: "default" },
      },
    },
    // a Job with rights on all definitions; Helm installs them
    upgradeCRDs: false,
    metrics: { enabled: true },
    resources: { requests: { cpu: "200m", memory: "256Mi" }, limits: { memory: "1Gi" } },
    podSecurityContext: {
      runAsNonRoot: true,
      runAsUser: 65532,
      fsGroup: 65532,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containerSecurityContext: CONFINED,
  };
}
