import { kind, type ObjectMeta } from "../../../kubernetes/manifest";
import { waitForCondition } from "../../../kubernetes/wait";
import { authorityCertificate, Issuer } from "../../apis/certificates";
import type { Values } from "../../common-settings";
import { component, type OwnSettings, type PlannedObject, type PlatformInputs, SecretSetting } from "../../component";
import { apart, CONFINED, CONTROLLER_RUNTIME_WEBHOOK, copies, SMALL } from "../../shared-values";
import { storageClasses } from "./classes";
import { LinstorCluster, LinstorSatelliteConfiguration } from "./kinds";
import { AUTHORITIES, IMAGES, linstorCluster, PASSPHRASE_SECRET, satellites } from "./linstor";
import { encrypted, fixedSettings, machineProblems, missingExtensions, storageSettings } from "./settings";
import { API_CLIENTS, CHART_EXEMPTIONS, EXEMPTIONS } from "./exemptions";
import { CHART_SANDBOX, SANDBOX } from "./sandbox";

const NAMESPACE = "piraeus-datastore";
const CHART = "piraeus";
/** Labels that the chart gives to its operator. */
const OPERATOR = { "app.kubernetes.io/component": "piraeus-operator" };
const PASSPHRASE = "storagePassphrase";

const Secret = kind<{ readonly metadata: ObjectMeta; readonly stringData: Readonly<Record<string, unknown>> }>(
  "v1",
  "Secret",
);

/** LINSTOR: volumes on the disks of the machines, replicated by DRBD. */
export const piraeus = component({
  name: "piraeus",
  description: "Volumes on the disks of every storage node (LINSTOR), local and replicated (DRBD), with snapshots.",
  group: "storage",
  settings: storageSettings,
  secrets: {
    [PASSPHRASE]: {
      description: "secret: locks the keys of encrypted volumes",
      required: (settings) => (encrypted(settings) ? NO_PASSPHRASE : undefined),
    },
  },
  check: ({ storage }) =>
    storage.pool === undefined
      ? [
          {
            where: "platform.storage.pool",
            given: "missing",
            rule: "names where LINSTOR keeps volumes on every storage node",
            fix: "give one of zfs, lvmThin and directory",
          },
        ]
      : [],
  checkMachines: (settings, management) => [
    ...missingExtensions(settings, management),
    ...machineProblems(settings, management),
  ],
  fixed: fixedSettings,
  namespaces: {
    [NAMESPACE]: {
      podSecurity: "privileged",
      traffic: { apiServerPorts: [CONTROLLER_RUNTIME_WEBHOOK] },
      budgets: (inputs) => [
        {
          name: "piraeus-operator",
          copies: copies(inputs),
          matchLabels: OPERATOR,
        },
      ],
    },
  },
  stages: [
    {
      chart: CHART,
      namespace: NAMESPACE,
      needs: ["pod-network", "certificates", "volume-snapshots"],
      timeout: 600,
      values: piraeusValues,
      images: { "operator.image.repository": "quay.io/piraeusdatastore/piraeus-operator" },
      exemptions: CHART_EXEMPTIONS,
      sandbox: CHART_SANDBOX,
    },
    // LINSTOR itself: its satellites on every storage node
    { stage: "linstor", after: [CHART], objects: linstor, finishedBy: ["linstor"] },
    {
      stage: "storage-classes",
      needs: ["volume-snapshots"],
      after: ["linstor"],
      provides: ["volumes", "storage-class/local", "storage-class/replicated"],
      objects: ({ settings }) => storageClasses(settings),
    },
  ],
  images: [IMAGES],
  exemptions: EXEMPTIONS,
  apiClients: API_CLIENTS,
  sandbox: SANDBOX,
});

const NO_PASSPHRASE = {
  rule: "locks the keys of encrypted volumes (platform.storage.encryption, the default in production)",
  fix: "run `pulumi config set --secret firmament:storagePassphrase` and keep a copy: without it no volume can be read",
};

/** The operator alone: the LinstorCluster and the satellites' configuration are resources of this program. */
function piraeusValues(inputs: PlatformInputs): Values {
  return {
    installCRDs: true,
    replicaCount: copies(inputs),
    ...apart(inputs, { copies: copies(inputs), matchLabels: OPERATOR }),
    operator: { resources: SMALL, securityContext: { ...CONFINED, runAsUser: 1000 } },
    tls: { autogenerate: true },
  };
}

function linstor({ settings, management }: PlatformInputs<OwnSettings<typeof storageSettings>>): PlannedObject[] {
  const authorities = Object.values(AUTHORITIES);
  const passphrase = encrypted(settings) ? [passphraseSecret()] : [];
  return [
    ...authorities.flatMap(authority),
    ...passphrase,
    // before the cluster, so that the first satellites already come up as Talos lets them
    {
      resource: "satellites",
      object: LinstorSatelliteConfiguration({ metadata: { name: "talos" }, spec: satellites(settings) }),
      after: [CHART, ...authorities],
    },
    {
      resource: "linstor",
      object: LinstorCluster({
        metadata: { name: "linstorcluster", annotations: waitForCondition("Available") },
        spec: linstorCluster(settings, management),
      }),
      after: ["satellites", ...passphrase.map(({ resource }) => resource)],
      protect: true,
      // satellites start on every node, one image pull each
      patience: 20,
    },
  ];
}

/** Kept when the program loses it: without it no encrypted volume can be read again. */
function passphraseSecret(): PlannedObject {
  const object = Secret({
    metadata: { name: PASSPHRASE_SECRET, namespace: NAMESPACE },
    stringData: { MASTER_PASSPHRASE: new SecretSetting(PASSPHRASE) },
  });
  return { resource: PASSPHRASE_SECRET, object, protect: true, retainOnDelete: true };
}

/** An issuer with a key of its own, in LINSTOR's namespace. */
function authority(name: string): PlannedObject[] {
  const metadata = { name, namespace: NAMESPACE, annotations: waitForCondition("Ready") };
  const certificate = `${name}-certificate`;
  return [
    { resource: certificate, object: authorityCertificate(metadata, name) },
    { resource: name, object: Issuer({ metadata, spec: { ca: { secretName: name } } }), after: [certificate] },
  ];
}
