import { mirrored } from "../../../kubernetes/image-mirror";
import type {
  DataVolumeTemplate,
  DiskSource,
  KubevirtMachineTemplateSpec,
  RootVolume,
  VirtualMachineSpec,
} from "./kinds";
import { namespaceOf, POOL_LABEL, tenantLabels } from "../../names";
import type { NodePool, Tenant } from "../../settings";
import type { Machines } from "../infrastructure";

/** What the virtual machines of a pool are made of. */
export function machineTemplateSpec(tenant: Tenant, pool: Machines): KubevirtMachineTemplateSpec {
  return {
    template: {
      spec: {
        virtualMachineBootstrapCheck: { checkStrategy: "none" },
        virtualMachineTemplate: {
          metadata: { namespace: namespaceOf(tenant.name) },
          spec: virtualMachine(tenant, pool),
        },
      },
    },
  };
}

function virtualMachine(tenant: Tenant, pool: Machines): VirtualMachineSpec {
  const { volume, runStrategy, templates } = rootDisk(tenant, pool);
  const data = dataDisks(tenant, pool);
  const volumes = [...templates, ...data];
  return {
    runStrategy,
    ...(volumes.length === 0 ? {} : { dataVolumeTemplates: volumes }),
    ...instanceTypeOf(pool),
    template: {
      metadata: {
        labels: { ...tenantLabels(tenant.name), [POOL_LABEL]: pool.objects },
        annotations: { "kubevirt.io/allow-pod-bridge-network-live-migration": "true" },
      },
      spec: {
        domain: {
          ...sizeOf(pool),
          devices: {
            disks: [
              { name: "root", disk: { bus: "virtio" } },
              ...data.map(({ metadata: { name } }) => ({ name, disk: { bus: "virtio" as const }, serial: name })),
            ],
            ...hostDevices(pool),
            // masquerade would give every machine one and the same address, and every kubelet would register it
            interfaces: [{ name: "default", model: "virtio", bridge: {} }],
            rng: {},
          },
        },
        // the infrastructure provider drains the guest's node before its virtual machine goes
        evictionStrategy: "External",
        networks: [{ name: "default", pod: {} }],
        terminationGracePeriodSeconds: 180,
        ...placement(pool),
        volumes: [
          { name: "root", ...volume },
          ...data.map(({ metadata: { name } }) => ({ name, dataVolume: { name } })),
        ],
      },
    },
  };
}

/** Cores and memory, where no instance type decides them. */
function sizeOf({ cpus, memory, instanceType }: Machines) {
  if (instanceType !== undefined) return {};
  return {
    cpu: { cores: cpus, sockets: 1, threads: 1 },
    memory: { guest: memory },
    // limits are written down so that the namespace's defaults, made for small helpers, never apply; requests
    // for cores stay with the platform's overcommit
    resources: { limits: { cpu: String(cpus), memory } },
  };
}

function instanceTypeOf({ instanceType }: Machines): Pick<VirtualMachineSpec, "instancetype" | "preference"> {
  if (instanceType === undefined) return {};
  const { name, preference } = instanceType;
  return {
    instancetype: { kind: "VirtualMachineClusterInstancetype", name },
    ...(preference === undefined
      ? {}
      : { preference: { kind: "VirtualMachineClusterPreference" as const, name: preference } }),
  };
}

/** Devices of the host, each under a name of its own. */
function hostDevices({ gpus, hostDevices: others }: Machines) {
  const numbered = (kind: string, names: readonly string[]) =>
    names.map((deviceName, index) => ({ name: `${kind}-${index}`, deviceName }));
  const repeated = (name: string, count: number) => Array.from({ length: count }, () => name);
  const names = Object.entries(others)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, count]) => repeated(name, count));
  return {
    ...(gpus === undefined ? {} : { gpus: numbered("gpu", repeated(gpus.deviceName, gpus.count)) }),
    ...(names.length === 0 ? {} : { hostDevices: numbered("device", names) }),
  };
}

/** Where machines of a pool may run, seen from each other. */
function placement({ spread: { mode, topologyKey }, objects }: Machines) {
  const labelSelector = { matchLabels: { [POOL_LABEL]: objects } };
  if (mode === "AntiAffinity") {
    const apart = [{ topologyKey, labelSelector }];
    return { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: apart } } };
  }
  return { topologySpreadConstraints: [{ maxSkew: 1, topologyKey, whenUnsatisfiable: mode, labelSelector }] };
}

/** The disk that a machine boots from, and whether it boots again after it stopped. */
interface RootDisk extends Pick<VirtualMachineSpec, "runStrategy"> {
  readonly volume: RootVolume;
  readonly templates: DataVolumeTemplate[];
}

/**
 * A machine with a disk of its own starts again: it has its kubelet's certificate, and cloud-init, which knows instances
 * by the name of the machine, does not join a second time. Machines are drained, not migrated: one host at a time has
 * the disk.
 *
 * A container disk is blank again at every start, and the join token in the machine's user data ends 15 minutes after the
 * node has joined: what started again would never become a node. With `Once` KubeVirt leaves a machine that ended as it is
 * (1.8, virt-controller, syncRunStrategy), the provider reports it as failed (0.11.2, IsTerminal), and the health check
 * replaces it.
 */
function rootDisk({ platform }: Tenant, { image: given = "", disk }: Machines): RootDisk {
  const image = mirrored(given, platform.mirror.images);
  if (disk === undefined) return { runStrategy: "Once", volume: { containerDisk: { image } }, templates: [] };
  const source = diskSource(disk.from, image);
  return {
    runStrategy: "Always",
    templates: [dataVolume("root", source, disk, platform)],
    volume: { dataVolume: { name: "root" } },
  };
}

/** A golden image is cloned by what the storage can do; an image is pulled and written. */
function diskSource(golden: NonNullable<NodePool["disk"]>["from"], image: string): DiskSource {
  if (golden === undefined) return { source: { registry: { url: `docker://${image}`, pullMethod: "node" } } };
  const { kind, name, namespace } = golden;
  return kind === "DataSource" ? { sourceRef: { kind, name, namespace } } : { source: { pvc: { name, namespace } } };
}

/** Empty disks, which go with their machine. */
function dataDisks({ platform }: Tenant, pool: Machines): DataVolumeTemplate[] {
  return Object.entries(pool.dataDisks)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, disk]) => dataVolume(name, { source: { blank: {} } }, disk, platform));
}

function dataVolume(
  name: string,
  source: DiskSource,
  { size, storageClass }: { readonly size: string; readonly storageClass?: string },
  platform: Tenant["platform"],
): DataVolumeTemplate {
  return {
    metadata: { name },
    spec: {
      ...source,
      storage: {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: size } },
        storageClassName: storageClass ?? platform.storageClass,
      },
    },
  };
}
