import { COMPONENTS } from "../../components/platform/registry";

/** A platform that the one before is changed into. */
export interface PlatformStep {
  readonly what: string;
  /** Components that are on beside those that are by default, and those that are off. */
  readonly on: readonly string[];
  readonly off: readonly string[];
  /** Sections of `platform:` in which something is said beside what the sandbox's stack file says. */
  readonly settings: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/**
 * Off in the first step: they take the place of what is on by default, or need what simulated machines do not have.
 * Everything else that there is, is on there.
 */
const TAKE_PLACES = ["cilium-lb-ipam", "kube-vip", "local-path", "openebs-lvm", "rook-ceph"];
/** Talos itself serves the kind by which a pod gets an account of it. */
export const NOT_HERE = ["etcd-backup"];

const OPTIONAL = COMPONENTS.filter(({ enabledByDefault }) => enabledByDefault === false).map(({ name }) => name);

/** Everything is off that can be off. */
export const LEAST: PlatformStep = {
  what: "everything off that can be off",
  on: ["local-path"],
  off: ["piraeus", "snapshot-controller", "multus", "cdi", "tenant-services"],
  settings: { operations: { reloadedNamespaces: ["kamaji-system"] } },
};

export const STEPS: readonly PlatformStep[] = [
  {
    what: "everything on that goes together",
    on: OPTIONAL.filter((name) => ![...TAKE_PLACES, ...NOT_HERE].includes(name)),
    off: [],
    settings: {
      backup: { bucket: "backups", server: "https://s3.example" },
      operations: { reloadedNamespaces: ["piraeus-datastore"] },
    },
  },
  {
    what: "Ceph, LVM and Cilium's addresses in place of LINSTOR and MetalLB",
    on: ["rook-ceph", "openebs-lvm", "cilium-lb-ipam"],
    off: ["piraeus", "metallb"],
    settings: {
      storage: {
        lvmVolumeGroup: "local",
        ceph: { devices: "/dev/disk/by-path/.*", machines: ["cp-1", "worker-1", "worker-2"], copies: 2 },
      },
    },
  },
  {
    what: "directories and kube-vip in their place",
    on: ["local-path", "kube-vip"],
    off: ["piraeus", "metallb"],
    settings: {},
  },
  LEAST,
];

/** Settings of a step: the sandbox's own with what differs. */
export function settingsOf(step: PlatformStep, own: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const sections = Object.entries(step.settings).map(([name, fields]) => [
    name,
    { ...(own[name] as Readonly<Record<string, unknown>> | undefined), ...fields },
  ]);
  const switched = (names: readonly string[], enabled: boolean) => names.map((name) => [name, { enabled }]);
  const components = Object.fromEntries([...switched(step.on, true), ...switched(step.off, false)]) as object;
  return { ...own, ...(Object.fromEntries(sections) as object), components };
}
