import type { Cidr } from "../core/cidr";
import { kernelModules } from "./extensions";
import { diskPatch } from "./install-disk";
import { type BaseSettings, type Machine, machinesOf } from "./settings";

/**
 * The patches that turn Talos' generated configuration of a machine into ours, in the order in which they apply.
 *
 * Every patch is a JSON document: text that starts with `{` is never taken for a file name by the provider, and each
 * document kind merges into its own. JSON patches (RFC 6902) are refused by configurations of several documents.
 */
export function machinePatches(cluster: BaseSettings, machine: Machine): string[] {
  return [
    commonPatch(cluster, machine),
    ...(machine.role === "controlplane" ? [controlPlanePatch(cluster)] : []),
    ...sharedAddress(cluster, machine),
    ...encryptedVolumes(cluster),
    ...firewallDocuments(cluster, machine),
    hostnameDocument(machine.name),
  ].map((document) => JSON.stringify(document));
}

function commonPatch(cluster: BaseSettings, machine: Machine): object {
  const { talos, network } = cluster;
  const labels = { ...removedLabels(cluster, machine), ...machine.labels };
  return {
    machine: {
      certSANs: apiNames(cluster),
      install: { ...diskPatch(cluster, machine), image: talos.installer },
      kubelet: {
        nodeIP: { validSubnets: ownAddresses(network) },
        // a pod that forks without end takes its own share, not the machine's
        extraConfig: { podPidsLimit: 4096 },
      },
      kernel: { modules: kernelModules(talos.extensions) },
      sysctls: SYSCTLS,
      files: [CRI_CUSTOMIZATION, LVM_FILTER],
      ...(Object.keys(labels).length === 0 ? {} : { nodeLabels: labels }),
    },
    cluster: {
      network: {
        // the platform layer brings the network: nodes stay NotReady until it is there
        cni: { name: "none" },
        podSubnets: network.podCidrs.map(String),
        serviceSubnets: network.serviceCidrs.map(String),
        dnsDomain: network.dnsDomain,
      },
      // Cilium replaces it
      proxy: { disabled: true },
      // by default machines report to a service on the internet; ours find each other through the endpoint
      discovery: { enabled: false },
    },
  };
}

function controlPlanePatch(cluster: BaseSettings): object {
  const subnets = ownAddresses(cluster.network);
  return {
    cluster: {
      // a cloud without workers has nowhere else to run its workloads
      allowSchedulingOnControlPlanes: schedulesOnControlPlanes(cluster),
      apiServer: { certSANs: apiNames(cluster) },
      // of all addresses of a machine, members of etcd use those that other machines reach
      etcd: { advertisedSubnets: subnets, listenSubnets: subnets },
    },
  };
}

function schedulesOnControlPlanes(cluster: BaseSettings): boolean {
  return machinesOf(cluster).every(({ role }) => role === "controlplane");
}

/**
 * Talos labels control planes as excluded from load balancers, and MetalLB's speaker announces no address from nodes
 * that are, without a word in its log: where there are no others, every address stays silent (Talos 1.13.0;
 * metallb/metallb#2676, #2274, cozystack/cozystack#4043).
 */
function removedLabels(cluster: BaseSettings, { role }: Machine): Record<string, object> {
  if (role !== "controlplane" || !schedulesOnControlPlanes(cluster)) return {};
  return { "node.kubernetes.io/exclude-from-external-load-balancers": { $patch: "delete" } };
}

/** Names and addresses, beside a machine's own, under which it is asked for its certificate. */
function apiNames({ endpoint, network: { vip } }: BaseSettings): string[] {
  return [...new Set([new URL(endpoint).hostname, ...(vip === undefined ? [] : [vip.address])])];
}

/** Where kubelets and etcd find the address that is a machine's own: never the shared one, which moves. */
function ownAddresses({ nodeCidrs, vip }: BaseSettings["network"]): string[] {
  return [...nodeCidrs.map(String), ...(vip === undefined ? [] : [`!${vip.address}/32`])];
}

function sharedAddress({ network: { vip } }: BaseSettings, { role }: Machine): object[] {
  if (vip === undefined || role !== "controlplane") return [];
  return [{ apiVersion: "v1alpha1", kind: "Layer2VIPConfig", name: vip.address, link: vip.link }];
}

/** STATE holds the keys of the cluster, EPHEMERAL etcd and what pods write; the latter opens only beside its STATE. */
function encryptedVolumes({ talos: { diskEncryption } }: BaseSettings): object[] {
  if (diskEncryption === undefined) return [];
  const key =
    diskEncryption === "tpm"
      ? { slot: 0, tpm: { checkSecurebootStatusOnEnroll: true } }
      : { slot: 0, kms: { endpoint: diskEncryption.kms } };
  const volume = (name: string, keys: readonly object[]) => ({
    apiVersion: "v1alpha1",
    kind: "VolumeConfig",
    name,
    encryption: { provider: "luks2", keys },
  });
  return [volume("STATE", [key]), volume("EPHEMERAL", [{ ...key, lockToState: true }])];
}

/**
 * Everything between the machines (etcd, kubelets, overlay, storage replication, the LINSTOR API) stays open to them;
 * from outside, the APIs only. Talos lets pings, answers and the machine itself through by itself.
 */
function firewallDocuments({ network: { firewall, nodeCidrs } }: BaseSettings, { role }: Machine): object[] {
  if (firewall === undefined) return [];
  const rule = (name: string, protocol: "tcp" | "udp", ports: readonly (number | string)[], from: readonly Cidr[]) => ({
    apiVersion: "v1alpha1",
    kind: "NetworkRuleConfig",
    name,
    portSelector: { ports, protocol },
    ingress: from.map((network) => ({ subnet: String(network) })),
  });
  const inside = [...nodeCidrs, ...firewall.inside];
  const apis = role === "controlplane" ? [6443, 50000] : [50000];
  return [
    { apiVersion: "v1alpha1", kind: "NetworkDefaultActionConfig", ingress: "block" },
    rule("machines-tcp", "tcp", ["1-65535"], inside),
    rule("machines-udp", "udp", ["1-65535"], inside),
    ...(firewall.admins.length === 0 ? [] : [rule("admins", "tcp", apis, firewall.admins)]),
  ];
}

/** Generated configurations of contract v1.12 and later carry `auto: stable`, which a static name must turn off. */
function hostnameDocument(hostname: string): object {
  return { apiVersion: "v1alpha1", kind: "HostnameConfig", hostname, auto: "off" };
}

/** Room for the neighbours of a few thousand virtual machines, and for DRBD reconnecting all volumes at once. */
const SYSCTLS = {
  "net.ipv4.neigh.default.gc_thresh1": "4096",
  "net.ipv4.neigh.default.gc_thresh2": "8192",
  "net.ipv4.neigh.default.gc_thresh3": "16384",
  "net.ipv4.tcp_orphan_retries": "3",
  "net.ipv4.tcp_fin_timeout": "30",
  "net.core.netdev_max_backlog": "5000",
};

/** Lets KubeVirt and CDI pods, which do not run as root, open their block volumes. */
const CRI_CUSTOMIZATION = {
  path: "/etc/cri/conf.d/20-customization.part",
  op: "create",
  content: ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.runtime"]
    .map((plugin) => `[plugins."${plugin}"]\n  device_ownership_from_security_context = true\n`)
    .join(""),
};

/**
 * Keeps LVM of the machine away from what lies inside volumes: Talos activates every volume group that it finds, also
 * those of guests and those inside replicated volumes, and a device that is in use so can be neither mounted nor
 * demoted nor deleted (Talos 1.13.0; piraeusdatastore/piraeus-operator#182, deckhouse/deckhouse#1067). Physical volumes
 * on multipath devices (dm) are not found either.
 */
const LVM_FILTER = {
  path: "/etc/lvm/lvm.conf",
  op: "overwrite",
  permissions: 0o644,
  content: `backup {
  backup = 0
  archive = 0
}
devices {
  global_filter = [ ${["drbd", "dm-", "zd", "loop"].map((device) => `"r|^/dev/${device}|"`).join(", ")} ]
}
`,
};
