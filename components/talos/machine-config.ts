import type { Cidr } from "../core/cidr";

/** What all machines of a cluster have in common. */
export interface ClusterSettings {
  readonly endpoint: string;
  readonly nodeCidrs: readonly Cidr[];
  readonly podCidrs: readonly Cidr[];
  readonly serviceCidrs: readonly Cidr[];
  readonly dnsDomain: string;
  /** Installer image with the drbd extension (and zfs, where pools are on ZFS). */
  readonly installer: string;
  /** Workloads also run on control planes; for clouds without workers. */
  readonly scheduleOnControlPlanes: boolean;
}

export interface MachineSettings {
  readonly name: string;
  readonly role: "controlplane" | "worker";
  readonly installDisk: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * The patches that turn Talos' generated configuration of a machine into ours, in the order in which they apply.
 *
 * Every patch is a JSON document: text that starts with `{` is never taken for a file name by the provider, and each
 * document kind merges into its own. JSON patches (RFC 6902) are refused by configurations of several documents.
 */
export function machinePatches(cluster: ClusterSettings, machine: MachineSettings): string[] {
  return [commonPatch(cluster, machine), ...(machine.role === "controlplane" ? [controlPlanePatch(cluster)] : [])]
    .concat(hostnameDocument(machine.name))
    .map((document) => JSON.stringify(document));
}

function commonPatch(cluster: ClusterSettings, machine: MachineSettings): object {
  const host = new URL(cluster.endpoint).hostname;
  return {
    machine: {
      certSANs: [host],
      install: { disk: machine.installDisk, image: cluster.installer },
      kubelet: { nodeIP: { validSubnets: cluster.nodeCidrs.map(String) } },
      kernel: { modules: KERNEL_MODULES },
      sysctls: SYSCTLS,
      files: [CRI_CUSTOMIZATION],
      ...(Object.keys(machine.labels).length === 0 ? {} : { nodeLabels: machine.labels }),
    },
    cluster: {
      network: {
        // the platform layer brings the network: nodes stay NotReady until it is there
        cni: { name: "none" },
        podSubnets: cluster.podCidrs.map(String),
        serviceSubnets: cluster.serviceCidrs.map(String),
        dnsDomain: cluster.dnsDomain,
      },
      // Cilium replaces it
      proxy: { disabled: true },
    },
  };
}

function controlPlanePatch(cluster: ClusterSettings): object {
  return {
    cluster: {
      allowSchedulingOnControlPlanes: cluster.scheduleOnControlPlanes,
      apiServer: { certSANs: [new URL(cluster.endpoint).hostname] },
    },
  };
}

/** Generated configurations of contract v1.12 and later carry `auto: stable`, which a static name must turn off. */
function hostnameDocument(hostname: string): object {
  return { apiVersion: "v1alpha1", kind: "HostnameConfig", hostname, auto: "off" };
}

/** Open vSwitch for Kube-OVN; DRBD for LINSTOR, whose userspace helper Talos does not have; thin LVM pools. */
const KERNEL_MODULES = [
  { name: "openvswitch" },
  { name: "drbd", parameters: ["usermode_helper=disabled"] },
  { name: "drbd_transport_tcp" },
  { name: "dm-thin-pool" },
];

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
