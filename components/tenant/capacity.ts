import { quantity } from "../core/quantity";
import type { Resources } from "./kinds/kamaji-control-plane";
import type { NodePool, Tenant } from "./settings";

/**
 * Resources of one copy of a tenant's control plane. Always written down: without them the namespace's LimitRange would
 * give an API server the memory of a sidecar.
 */
const CONTROL_PLANE = {
  apiServer: resources("200m", "512Mi", "1", "2Gi"),
  controllerManager: resources("50m", "128Mi", "500m", "512Mi"),
  scheduler: resources("25m", "64Mi", "250m", "256Mi"),
  konnectivity: resources("25m", "64Mi", "250m", "256Mi"),
} as const;

type ControlPlaneComponent = keyof typeof CONTROL_PLANE;

/** Resources of one copy of this tenant's control plane: what its settings say, else the defaults. */
export function controlPlaneResources({
  controlPlane,
}: Pick<Tenant, "controlPlane">): Readonly<Record<ControlPlaneComponent, Resources>> {
  const of = (component: ControlPlaneComponent): Resources => {
    const [given, usual] = [controlPlane[component].resources, CONTROL_PLANE[component]];
    return {
      requests: { ...usual.requests, ...given.requests },
      limits: { ...usual.limits, ...given.limits },
    };
  };
  return {
    apiServer: of("apiServer"),
    controllerManager: of("controllerManager"),
    scheduler: of("scheduler"),
    konnectivity: of("konnectivity"),
  };
}

/** What something takes from a tenant's quota: cores, bytes, pods. */
export interface Demand {
  readonly cpu: number;
  readonly memory: number;
  readonly pods: number;
}

/** How many API servers a tier has where nothing else is said; production takes no fewer. */
export const API_SERVERS = { development: 2, production: 3 } as const;

/** Copies of a tenant's API server. */
export function apiServers({ tier, controlPlane }: Pick<Tenant, "tier" | "controlPlane">): number {
  return controlPlane.replicas ?? API_SERVERS[tier];
}

/** Machines of a pool at its largest. */
export function largest({ replicas = 0, autoscaling }: Pick<NodePool, "replicas" | "autoscaling">): number {
  return autoscaling?.max ?? replicas;
}

/** Machines of a pool at its largest while it rolls. A pool without machines has none to replace. */
export function largestRolling(pool: Pick<NodePool, "replicas" | "autoscaling">): number {
  const most = largest(pool);
  return most === 0 ? 0 : most + 1;
}

/**
 * What a tenant takes from its quota at most: all machines of all pools at their largest, one more of each pool while
 * it rolls (all pools roll at once when the cluster goes to another version), and twice the control plane, which Kamaji replaces blue-green.
 *
 * @param others what add-ons run in the tenant's namespace.
 */
export function demand(
  tenant: Pick<Tenant, "tier" | "controlPlane" | "nodePools">,
  others: readonly Demand[] = [],
): Demand {
  const machines = Object.values(tenant.nodePools).map((pool) => ({
    count: largestRolling(pool),
    each: { cpu: pool.cpus, memory: machineMemory(pool), pods: 1 },
  }));
  const copies = 2 * apiServers(tenant);
  const controlPlane = { cpu: limits(tenant, "cpu"), memory: limits(tenant, "memory"), pods: 1 };
  const sum = (of: keyof Demand) =>
    machines.reduce((total, { count, each }) => total + count * each[of], 0) +
    copies * controlPlane[of] +
    others.reduce((total, each) => total + each[of], 0);
  return { cpu: sum("cpu"), memory: sum("memory"), pods: sum("pods") };
}

/** What the disks of machines take from a tenant's quota: bytes, and claims of volumes. */
export interface DiskDemand {
  readonly storage: number;
  readonly volumes: number;
}

/**
 * Part of a volume with a file system that CDI keeps for the file system (its default, filesystemOverhead.global): the
 * claim is larger by that.
 */
const FILE_SYSTEM_OVERHEAD = 0.06;

/**
 * The disks of all machines at the pools' largest, one more of each pool while it rolls, and for each pool a second claim
 * of the disk that is just filled: CDI fills one of its own and hands its volume over. Disks that find no room meanwhile
 * are filled one after the other.
 */
export function diskDemand({ nodePools }: Pick<Tenant, "nodePools">): DiskDemand {
  const pools = Object.values(nodePools).flatMap((pool) => {
    const machines = largestRolling(pool);
    if (pool.disk === undefined || machines === 0) return [];
    return [{ claims: machines + 1, each: quantity(pool.disk.size) / (1 - FILE_SYSTEM_OVERHEAD) }];
  });
  return {
    storage: pools.reduce((sum, { claims, each }) => sum + claims * each, 0),
    volumes: pools.reduce((sum, { claims }) => sum + claims, 0),
  };
}

/** A guest's memory and what its emulator needs beside it; an estimate of KubeVirt's own, on the high side. */
function machineMemory({ cpus, memory }: NodePool): number {
  const guest = quantity(memory);
  return guest + guest / 512 + cpus * 8 * 2 ** 20 + 300 * 2 ** 20;
}

type MachineSize = Pick<NodePool, "cpus" | "memory">;

/**
 * What kubelet keeps from pods for itself, the container engine and the system: a twentieth, of memory 256Mi to 1Gi, of
 * cores 50m to 500m. Without it pods may take all memory, and the kernel then ends processes of its choice. In millicores and
 * mebibytes.
 */
function reserved({ cpus, memory }: MachineSize): { readonly cpu: number; readonly memory: number } {
  const twentieth = (of: number, least: number, most: number) => Math.min(most, Math.max(least, Math.ceil(of / 20)));
  return { cpu: twentieth(cpus * 1000, 50, 500), memory: twentieth(mebibytes(memory), 256, 1024) };
}

/** The kubelet's argument `system-reserved`. */
export function systemReserved(machine: MachineSize): string {
  const { cpu, memory } = reserved(machine);
  return `cpu=${cpu}m,memory=${memory}Mi`;
}

/**
 * What a node has left for pods, as quantities: the guest's kernel keeps 1/64 of its memory for its page tables and some
 * hundred MiB for itself, kubelet evicts pods before the last 100 MiB (its default `memory.available`), and keeps what is
 * reserved. On the low side: a pod that does not fit on a node that the autoscaler has made for it would have one more
 * made, and so on.
 */
export function allocatable(machine: MachineSize): { readonly cpu: string; readonly memory: string } {
  const kept = reserved(machine);
  const memory = mebibytes(machine.memory);
  return {
    cpu: `${machine.cpus * 1000 - kept.cpu}m`,
    memory: `${Math.max(0, Math.floor(memory - memory / 64 - 256 - kept.memory))}Mi`,
  };
}

function mebibytes(memory: string): number {
  return quantity(memory) / 2 ** 20;
}

/**
 * What a node with a disk of so many bytes has left for the files of pods, as a quantity: kubelet evicts pods before the
 * last tenth (its default `nodefs.available`), and partitions and file system take their part. On the low side, as memory.
 */
export function allocatableDisk(size: string): string {
  return `${Math.floor((0.85 * quantity(size)) / 2 ** 20)}Mi`;
}

function limits(tenant: Pick<Tenant, "controlPlane">, of: "cpu" | "memory"): number {
  return Object.values(controlPlaneResources(tenant)).reduce(
    (total, { limits: limit }) => total + quantity(limit[of]),
    0,
  );
}

function resources(requestCpu: string, requestMemory: string, cpu: string, memory: string): Resources {
  return { requests: { cpu: requestCpu, memory: requestMemory }, limits: { cpu, memory } };
}
