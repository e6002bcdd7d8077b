import { ETCD_BACKUP } from "../../../kubernetes/etcd-backup";
import { IMAGE_BY_TAG, type ObjectExemption } from "../../../kubernetes/exemptions";
import { mirrored } from "../../../kubernetes/image-mirror";
import { EVERYTHING, ipBlock, NetworkPolicy, port } from "../../../kubernetes/network-policy";
import { component, type PlannedObject, type PlatformInputs, SecretSetting } from "../../component";
import { CONFINED } from "../../shared-values";
import { CronJob, Secret, ServiceAccount, TalosServiceAccount } from "./kinds";
import { accessProblems, backupProblems, type BackupSettings, backupSettings } from "./settings";

const { namespace, role } = ETCD_BACKUP;
const NAME = "etcd-backup";
const CREDENTIALS = "etcdBackupCredentials";
const IMAGE = "ghcr.io/siderolabs/talos-backup";
const VERSION = "v0.1.0-beta.3";
const TALOS_API_PORT = 50_000;

/** Where the pod finds its two Secrets. Talos' own program looks for its credentials there by itself, too. */
const TALOS_FOLDER = "/var/run/secrets/talos.dev";
const BUCKET_FOLDER = "/var/run/secrets/bucket";

/** Snapshots of the management cluster's etcd in an S3 bucket, on schedule. */
export const etcdBackup = component({
  name: NAME,
  description:
    "Snapshots of the management cluster's etcd on schedule, encrypted, in an S3 bucket (siderolabs' talos-backup).",
  group: "cluster-api",
  enabledByDefault: false,
  settings: backupSettings,
  secrets: {
    [CREDENTIALS]: {
      description: "secret: a credentials file of AWS, with the key that may write to the bucket of etcdBackup",
      required: () => ({
        rule: "is what the bucket of platform.etcdBackup is written with",
        fix: `set it with \`pulumi config set --secret firmament:${CREDENTIALS} < credentials\`: a file with [default], aws_access_key_id and aws_secret_access_key`,
      }),
    },
  },
  check: backupProblems,
  checkMachines: (_, management) => accessProblems(management),
  namespaces: { [namespace]: { podSecurity: "restricted", traffic: {} } },
  stages: [{ stage: NAME, needs: ["pod-network"], objects: backupObjects }],
  images: [IMAGE],
  exemptions: Object.entries(IMAGE_BY_TAG).flatMap(([reason, rules]) =>
    rules.map((rule): ObjectExemption => ({ rule, selector: { kind: "CronJob", namespace, name: NAME }, reason })),
  ),
});

function backupObjects(inputs: PlatformInputs<BackupSettings>): PlannedObject[] {
  const metadata = { name: NAME, namespace };
  const bucket = { name: `${NAME}-bucket`, namespace };
  return [
    {
      resource: `${NAME}-talos-access`,
      object: TalosServiceAccount({ metadata: { name: `${NAME}-talos`, namespace }, spec: { roles: [role] } }),
    },
    {
      resource: `${NAME}-bucket`,
      object: Secret({ metadata: bucket, stringData: { credentials: new SecretSetting(CREDENTIALS) } }),
    },
    { resource: `${NAME}-account`, object: ServiceAccount({ metadata, automountServiceAccountToken: false }) },
    { resource: `${NAME}-traffic`, object: traffic(inputs) },
    {
      resource: NAME,
      object: cronJob(inputs),
      after: ["talos-access", "bucket", "account", "traffic"].map((each) => `${NAME}-${each}`),
    },
  ];
}

/** Beside DNS: the Talos API of the control planes, and the bucket, wherever it is. */
function traffic({ settings, management }: PlatformInputs<BackupSettings>) {
  const { endpoint } = settings.etcdBackup;
  const bucketPort = endpoint === undefined ? 443 : Number(new URL(endpoint).port || 443);
  return NetworkPolicy({
    metadata: { name: "talos-and-bucket", namespace },
    spec: {
      podSelector: EVERYTHING,
      policyTypes: ["Egress"],
      egress: [
        { to: management.nodeCidrs.map((cidr) => ipBlock(cidr)), ports: [port(TALOS_API_PORT)] },
        { ports: [port(bucketPort)] },
      ],
    },
  });
}

/**
 * The program takes a snapshot from a control plane, compares its length with that of whole ones, encrypts and uploads
 * it. It keeps both files while it runs: etcd's database is 8Gi at most.
 */
function cronJob({ settings, management }: PlatformInputs<BackupSettings>) {
  const { schedule, bucket, endpoint, region, prefix, recipient } = settings.etcdBackup;
  const variables = {
    HOME: "/tmp",
    TALOSCONFIG: `${TALOS_FOLDER}/config`,
    AWS_SHARED_CREDENTIALS_FILE: `${BUCKET_FOLDER}/credentials`,
    AWS_REGION: region,
    BUCKET: bucket,
    CLUSTER_NAME: management.cluster,
    ...(prefix === undefined ? {} : { S3_PREFIX: prefix }),
    AGE_X25519_PUBLIC_KEY: recipient,
    // this release takes "false" for: the bucket is in the path, as all but Amazon want it (pkg/config/service.go)
    ...(endpoint === undefined ? {} : { CUSTOM_S3_ENDPOINT: endpoint, USE_PATH_STYLE: "false" }),
  };
  const mounts = { talos: TALOS_FOLDER, bucket: BUCKET_FOLDER };
  const pod = {
    serviceAccountName: NAME,
    automountServiceAccountToken: false,
    restartPolicy: "Never",
    securityContext: { runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000 },
    containers: [
      {
        name: "talos-backup",
        image: `${mirrored(IMAGE, settings.mirror.images)}:${VERSION}`,
        command: ["/talos-backup"],
        workingDir: "/tmp",
        env: Object.entries(variables).map(([name, value]) => ({ name, value })),
        resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "1Gi" } },
        securityContext: CONFINED,
        volumeMounts: [
          { name: "tmp", mountPath: "/tmp" },
          ...Object.entries(mounts).map(([name, mountPath]) => ({ name, mountPath, readOnly: true })),
        ],
      },
    ],
    volumes: [
      { name: "tmp", emptyDir: { sizeLimit: "17Gi" } },
      ...Object.keys(mounts).map((name) => ({ name, secret: { secretName: `${NAME}-${name}`, defaultMode: 0o440 } })),
    ],
  };
  return CronJob({
    metadata: { name: NAME, namespace },
    spec: {
      schedule,
      timeZone: "Etc/UTC",
      concurrencyPolicy: "Forbid",
      // one that was missed, for the cluster was down, is made up for
      startingDeadlineSeconds: 3600,
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 3,
      jobTemplate: { spec: { backoffLimit: 3, activeDeadlineSeconds: 3600, template: { spec: pod } } },
    },
  });
}
