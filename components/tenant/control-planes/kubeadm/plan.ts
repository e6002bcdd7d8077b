import { mirrored } from "../../../kubernetes/image-mirror";
import type { TenantAddon } from "../../addon";
import { provided } from "../../addon-order";
import { apiServers } from "../../capacity";
import { infrastructureOf, machineTemplate } from "../../infrastructure";
import { awaited } from "../../life";
import { CLUSTER_LABEL, tenantLabels, tenantMetadata } from "../../names";
import type { Tenant } from "../../settings";
import type { KubeadmSettings } from "../../settings/kubeadm-control-plane";
import { API_SERVER_FOLDER, apiServerData, apiServerFlags } from "../api-server";
import type { PlannedControlPlane } from "../control-plane-kind";
import type { Argument, MachineFile } from "../../bootstrap/kubeadm/kinds";
import type { KubeadmControlPlaneSpec } from "./kinds";
import { addressHolder } from "./kube-vip";

type ConfigSpec = KubeadmControlPlaneSpec["kubeadmConfigSpec"];

/** Name of its machines, as of those of a pool. */
export const CONTROL_PLANE_POOL = "control-plane";

/** Registry of all images of a control plane. */
const UPSTREAM = "registry.k8s.io";

/** Where a machine has the files of its API server. */
const HOST_FOLDER = "/etc/kubernetes/firmament";

/** Rules refuse a control plane without. */
export function kubeadmOf({ controlPlane }: Pick<Tenant, "controlPlane">): KubeadmSettings {
  if (controlPlane.kubeadm === undefined) throw new RangeError("a control plane of kubeadm needs its settings");
  return controlPlane.kubeadm;
}

/** A control plane on machines, under the name of its cluster. */
export function planKubeadm(
  tenant: Tenant,
  addons: readonly TenantAddon[] = [],
): PlannedControlPlane<KubeadmControlPlaneSpec> {
  const { machines, drainTimeoutSeconds, renewCertificatesDays } = kubeadmOf(tenant);
  const { cpus, memory, diskSize, vsphere } = machines;
  const template = machineTemplate(tenant, CONTROL_PLANE_POOL, {
    cpus,
    memory,
    dataDisks: {},
    hostDevices: {},
    spread: { mode: "ScheduleAnyway", topologyKey: "kubernetes.io/hostname" },
    ...(diskSize === undefined ? {} : { disk: { size: diskSize } }),
    ...(vsphere === undefined ? {} : { vsphere }),
    objects: `${tenant.name}-${CONTROL_PLANE_POOL}`,
  });
  const replicas = apiServers(tenant);
  const metadata = tenantMetadata(tenant.name, tenant.name);
  return {
    controlPlane: {
      apiVersion: "controlplane.cluster.x-k8s.io/v1beta2",
      kind: "KubeadmControlPlane",
      metadata: {
        ...metadata,
        annotations: {
          ...awaited(tenant, readyWith(replicas, String(tenant.kubernetesVersion))),
          ...(withoutKubeProxy(tenant, addons) ? { "controlplane.cluster.x-k8s.io/skip-kube-proxy": "" } : {}),
        },
      },
      spec: {
        replicas,
        version: String(tenant.kubernetesVersion),
        machineTemplate: {
          metadata: { labels: tenantLabels(tenant.name) },
          spec: {
            infrastructureRef: {
              apiGroup: "infrastructure.cluster.x-k8s.io",
              kind: template.kind,
              name: template.metadata.name,
            },
            deletion: {
              nodeDrainTimeoutSeconds: drainTimeoutSeconds,
              nodeVolumeDetachTimeoutSeconds: 300,
              nodeDeletionTimeoutSeconds: 60,
            },
          },
        },
        rollout: {
          before: { certificatesExpiryDays: renewCertificatesDays },
          strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } },
        },
        kubeadmConfigSpec: configSpec(tenant, addons),
      },
    },
    controlPlaneMachines: template,
    ...(replicas < 3 ? {} : { controlPlaneHealth: { metadata: healthMetadata(tenant), spec: healthSpec(tenant) } }),
  };
}

/**
 * Of the wanted version all of them, and none of another. Not whether their nodes are ready: the pod network comes after.
 */
function readyWith(replicas: number, version: string): string[] {
  return [
    "condition=Available",
    "condition=MachinesUpToDate",
    `jsonpath={.status.version}=${version}`,
    `jsonpath={.status.replicas}=${replicas}`,
    `jsonpath={.status.upToDateReplicas}=${replicas}`,
  ];
}

function configSpec(tenant: Tenant, addons: readonly TenantAddon[]): ConfigSpec {
  const { controlPlane, platform } = tenant;
  const { images } = platform.mirror;
  const settings = kubeadmOf(tenant);
  const holder = addressHolder(tenant, settings);
  const data = fileList(apiServerData(tenant));
  const { joining } = infrastructureOf(tenant);
  const nodeRegistration = {
    ...(joining.nodeName === undefined ? {} : { name: joining.nodeName }),
    criSocket: "unix:///var/run/containerd/containerd.sock",
    ...listed("kubeletExtraArgs", kubeletArguments(tenant, addons)),
  };
  const components = {
    ...component("controllerManager", controlPlane.controllerManager.extraArgs),
    ...component("scheduler", controlPlane.scheduler.extraArgs),
  };
  return {
    clusterConfiguration: {
      ...(images === undefined
        ? {}
        : {
            imageRepository: mirrored(UPSTREAM, images),
            dns: { imageRepository: mirrored(`${UPSTREAM}/coredns`, images) },
          }),
      apiServer: {
        ...listed("certSANs", controlPlane.certSANs),
        extraArgs: argumentList({ ...admissionFlags(tenant), ...apiServerFlags(tenant) }),
        ...(data.length === 0
          ? {}
          : {
              extraVolumes: [
                {
                  name: "firmament-files",
                  hostPath: HOST_FOLDER,
                  mountPath: API_SERVER_FOLDER,
                  readOnly: true,
                  pathType: "Directory",
                },
              ],
            }),
      },
      ...components,
    },
    initConfiguration: {
      nodeRegistration,
      ...(withoutKubeProxy(tenant, addons) ? { skipPhases: ["addon/kube-proxy"] } : {}),
    },
    joinConfiguration: { nodeRegistration },
    ...listed("files", [...holder.files, ...data]),
    ...listed("preKubeadmCommands", [...joining.commands, ...holder.before]),
    ...listed("postKubeadmCommands", holder.after),
    ...(settings.ssh === undefined
      ? {}
      : {
          users: [
            {
              name: settings.ssh.user,
              sudo: "ALL=(ALL) NOPASSWD:ALL",
              shell: "/bin/bash",
              sshAuthorizedKeys: [...settings.ssh.keys],
            },
          ],
        }),
  };
}

/** Nothing for an empty list, which Cluster API's schemas refuse. */
function listed<Key extends string, Item>(key: Key, items: readonly Item[]) {
  return (items.length === 0 ? {} : { [key]: [...items] }) as Readonly<Partial<Record<Key, Item[]>>>;
}

function component<Key extends string>(key: Key, flags: Readonly<Record<string, string>>) {
  const extraArgs = argumentList(flags);
  return (extraArgs.length === 0 ? {} : { [key]: { extraArgs } }) as Readonly<
    Partial<Record<Key, { readonly extraArgs: Argument[] }>>
  >;
}

function argumentList(flags: Readonly<Record<string, string>>): Argument[] {
  return Object.entries(flags)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => ({ name, value }));
}

/** Kubernetes' own plugins are on; those that settings remove are switched off by name. NodeRestriction is not its default. */
function admissionFlags({ controlPlane: { admission } }: Tenant): Record<string, string> {
  const added = [...new Set(["NodeRestriction", ...admission.add])];
  return {
    "enable-admission-plugins": added.join(","),
    ...(admission.remove.length === 0 ? {} : { "disable-admission-plugins": [...new Set(admission.remove)].join(",") }),
  };
}

/** What add-ons change in every kubelet, whatever its pool. */
function kubeletArguments(tenant: Tenant, addons: readonly TenantAddon[]): Argument[] {
  const changes = addons.map(({ kubelets }) => kubelets?.(tenant) ?? {});
  return argumentList(Object.assign({}, ...changes) as Record<string, string>);
}

function withoutKubeProxy({ addons: { ownPodNetwork } }: Tenant, addons: readonly TenantAddon[]): boolean {
  return provided(addons).has("service-proxy") || (ownPodNetwork.enabled && !ownPodNetwork.kubeProxy);
}

function fileList(data: Readonly<Record<string, string>>): MachineFile[] {
  return Object.entries(data).map(([name, content]) => ({
    path: `${HOST_FOLDER}/${name}`,
    content,
    permissions: "0600",
    owner: "root:root",
  }));
}

function healthMetadata({ name }: Tenant) {
  const metadata = tenantMetadata(name, `${name}-${CONTROL_PLANE_POOL}`);
  return { ...metadata, labels: { ...metadata.labels, [CLUSTER_LABEL]: name } };
}

/** One at a time: its provider replaces none while a majority of etcd would be lost. */
function healthSpec({ name }: Tenant) {
  return {
    clusterName: name,
    selector: { matchLabels: { [CLUSTER_LABEL]: name, "cluster.x-k8s.io/control-plane": "" } },
    checks: {
      nodeStartupTimeoutSeconds: 1200,
      unhealthyNodeConditions: [
        { type: "Ready", status: "Unknown", timeoutSeconds: 300 },
        { type: "Ready", status: "False", timeoutSeconds: 600 },
      ],
    },
    remediation: { triggerIf: { unhealthyLessThanOrEqualTo: 1 } },
  };
}
