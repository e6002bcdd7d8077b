import { CLUSTER_API_PROVIDERS } from "../../../../versions/cluster-api";
import { mirrored } from "../../../kubernetes/image-mirror";
import { waitForField } from "../../../kubernetes/wait";
import { provider } from "../../apis/cluster-api-providers";
import { component, type OwnSettings, type PlatformInputs } from "../../component";
import { CONTROLLER_RUNTIME_WEBHOOK, copies } from "../../shared-values";
import { KubeVirt, type KubeVirtSpec } from "./kinds";
import { DEFAULT_MIGRATIONS, virtualizationSettings } from "./settings";
import { API_CLIENTS, CHART_EXEMPTIONS } from "./exemptions";
import { CHART_SANDBOX, SANDBOX } from "./sandbox";

const NAMESPACE = "kubevirt";
const IMAGES = "quay.io/kubevirt";
const PROVIDER_NAMESPACE = "capk-system";

/** Runs virtual machines as pods, and gives Cluster API machines of that kind. */
export const kubevirt = component({
  name: "kubevirt",
  description: "Virtual machines, live migrated when their node is drained; nodes of tenants are such machines.",
  group: "virtualization",
  settings: virtualizationSettings,
  namespaces: {
    [NAMESPACE]: {
      podSecurity: "privileged",
      // virt-operator's webhook; virt-api: webhooks, consoles
      traffic: { apiServerPorts: [8444, 8443] },
      // its manifest always asks for two
      budgets: () => [{ name: "virt-operator", copies: 2, matchLabels: { "kubevirt.io": "virt-operator" } }],
    },
    [PROVIDER_NAMESPACE]: {
      podSecurity: "baseline",
      traffic: { apiServerPorts: [CONTROLLER_RUNTIME_WEBHOOK], tenantApis: true },
    },
  },
  stages: [
    {
      chart: "kubevirt-operator",
      upgradeNote: "virtual machines go on: they are moved to new launchers one by one, where they can be moved",
      namespace: NAMESPACE,
      needs: ["pod-network"],
      timeout: 600,
      images: { imageRegistry: "quay.io" },
      exemptions: CHART_EXEMPTIONS,
      sandbox: CHART_SANDBOX,
    },
    {
      stage: "virtualization",
      after: ["kubevirt-operator"],
      provides: ["virtualization"],
      objects: (inputs) => [
        {
          resource: "kubevirt",
          object: KubeVirt({
            // the operator registers the kinds that others use on its way to this phase
            metadata: {
              name: "kubevirt",
              namespace: NAMESPACE,
              annotations: waitForField(".status.phase", "Deployed"),
            },
            spec: kubevirtSpec(inputs),
          }),
          protect: true,
          patience: 20,
        },
      ],
    },
    {
      stage: "cluster-api-infrastructure",
      group: "cluster-api",
      needs: ["cluster-api"],
      after: ["virtualization"],
      provides: ["cluster-api/infrastructure"],
      objects: ({ settings }) => [
        provider(
          {
            kind: "InfrastructureProvider",
            name: "kubevirt",
            namespace: PROVIDER_NAMESPACE,
            release: CLUSTER_API_PROVIDERS["infrastructure-kubevirt"],
            memory: "512Mi",
          },
          settings,
        ),
      ],
    },
  ],
  images: [IMAGES, CLUSTER_API_PROVIDERS["infrastructure-kubevirt"].image],
  apiClients: API_CLIENTS,
  sandbox: SANDBOX,
});

/**
 * Gates of KubeVirt 1.8 that are not on by themselves. The last two narrow what a virtual machine's pod may do; gates
 * that give a guest parts of its host (HostDisk, HostDevices, Sidecar …) stay off.
 */
const FEATURE_GATES = [
  "HotplugVolumes",
  "ExpandDisks",
  "Snapshot",
  "VMExport",
  "NodeRestriction",
  "KubevirtSeccompProfile",
];

function kubevirtSpec(inputs: PlatformInputs<OwnSettings<typeof virtualizationSettings>>): KubeVirtSpec {
  const { mirror, virtualization } = inputs.settings;
  const { cpuModel, cpuAllocationRatio, memoryOverhead, instanceTypes } = virtualization;
  const migrations = migrationsOf(virtualization);
  return {
    ...(mirror.images === undefined ? {} : { imageRegistry: mirrored(IMAGES, mirror.images) }),
    imagePullPolicy: "IfNotPresent",
    infra: { replicas: copies(inputs) },
    // deleting KubeVirt by mistake must not delete every virtual machine with it
    uninstallStrategy: "BlockUninstallIfWorkloadsExist",
    configuration: {
      developerConfiguration: { featureGates: FEATURE_GATES, cpuAllocationRatio },
      ...(cpuModel === undefined ? {} : { cpuModel }),
      ...(memoryOverhead === undefined ? {} : { additionalGuestMemoryOverheadRatio: memoryOverhead }),
      ...(migrations === undefined ? {} : { migrations }),
      evictionStrategy: "LiveMigrateIfPossible",
      vmRolloutStrategy: "LiveUpdate",
      commonInstancetypesDeployment: { enabled: instanceTypes },
      // a guest that floods its serial console would fill the node's disk with logs
      virtualMachineOptions: { disableSerialConsoleLog: {} },
    },
    workloadUpdateStrategy: {
      workloadUpdateMethods: ["LiveMigrate", "Evict"],
      batchEvictionSize: 10,
      batchEvictionInterval: "1m0s",
    },
  };
}

/** KubeVirt's own numbers where settings say nothing: an object that names them would hold them through upgrades. */
function migrationsOf(settings: OwnSettings<typeof virtualizationSettings>["virtualization"]) {
  const { migrationNetwork, parallelMigrations, migrationBandwidth } = settings;
  if (migrationNetwork === undefined && parallelMigrations === DEFAULT_MIGRATIONS && migrationBandwidth === undefined)
    return undefined;
  return {
    parallelMigrationsPerCluster: parallelMigrations,
    ...(migrationNetwork === undefined ? {} : { network: migrationNetwork }),
    ...(migrationBandwidth === undefined ? {} : { bandwidthPerMigration: migrationBandwidth }),
  };
}
