import { VERSION } from "./document";
import type { BaseSettings, Machine } from "./settings";

/** Room for the neighbours of a few thousand virtual machines, and for DRBD reconnecting all volumes at once. */
const SYSCTLS = {
  "net.ipv4.neigh.default.gc_thresh1": "4096",
  "net.ipv4.neigh.default.gc_thresh2": "8192",
  "net.ipv4.neigh.default.gc_thresh3": "16384",
  "net.ipv4.tcp_orphan_retries": "3",
  "net.ipv4.tcp_fin_timeout": "30",
  "net.core.netdev_max_backlog": "5000",
};

type Given = Pick<BaseSettings, "talos">;

/** `machine.sysctls`. Huge pages need memory in one piece: they are complete after a restart. */
export function hostSysctls({ talos }: Given, machine: Pick<Machine, "hugePages">): Readonly<Record<string, string>> {
  const pages = machine.hugePages ?? talos.hugePages;
  return pages === undefined ? SYSCTLS : { ...SYSCTLS, "vm.nr_hugepages": String(pages) };
}

/** Documents about the hardware and the kernel of a machine. */
export function hostDocuments({ talos: { watchdog, kernelLog } }: Given): object[] {
  return [
    ...(watchdog === undefined
      ? []
      : [{ ...VERSION, kind: "WatchdogTimerConfig", device: watchdog.device, timeout: `${watchdog.timeout}s` }]),
    ...(kernelLog === undefined ? [] : [{ ...VERSION, kind: "KmsgLogConfig", name: "kernel-log", url: kernelLog }]),
  ];
}

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

/** Files that Talos writes beside its own. */
export const HOST_FILES = [CRI_CUSTOMIZATION, LVM_FILTER];
