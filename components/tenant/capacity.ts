import { quantity } from "../core/quantity";
import { cpusBeside } from "./instance-types";
import type { Resources } from "./kinds/pods";
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

/** Fewest API servers of a production cluster: one may be lost while another is replaced. */
export const PRODUCTION_API_SERVERS = 3;

/** How many API servers there are where nothing else is said: pods, or machines of which a majority has to be there. */
const API_SERVERS = {
  kamaji: { development: 2, production: PRODUCTION_API_SERVERS },
  kubeadm: { development: 1, production: PRODUCTION_API_SERVERS },
} as const;

/** Copies of a tenant's API server. */
export function apiServers({ tier, controlPlane }: Pick<Tenant, "tier" | "controlPlane">): number {
  return controlPlane.replicas ?? API_SERVERS[controlPlane.provider][tier];
}

/** Machines of a pool at its largest. */
export function largest({ replicas = 0, autoscaling }: Pick<NodePool, "replicas" | "autoscaling">): number {
  return autoscaling?.max ?? replicas;
}

/**
 * Machines of a pool at its largest while it rolls. A pool without machines has none to replace, and none has more new
 * machines than old ones.
 */
export function largestRolling(pool: Pick<NodePool, "replicas" | "autoscaling" | "rollout">): number {
  const most = largest(pool);
  const { strategy, maxSurge } = pool.rollout;
  return most + (strategy === "OnDelete" ? 0 : Math.min(maxSurge, most));
}

/** What machines in the tenant's namespace take: of all pools at their largest, and those beside them while they roll. */
export function machineDemand({ nodePools }: Pick<Tenant, "nodePools">): Demand {
  return demandOf(
    Object.values(nodePools).map((pool) => ({
      count: largestRolling(pool),
      each: { cpu: pool.cpus + cpusBeside(pool.instanceType?.name), memory: machineMemory(pool), pods: 1 },
    })),
  );
}

/** What a control plane in pods takes: twice its copies, which Kamaji replaces blue-green. */
export function hostedDemand(tenant: Pick<Tenant, "tier" | "controlPlane">): Demand {
  const each = { cpu: limits(tenant, "cpu"), memory: limits(tenant, "memory"), pods: 1 };
  return demandOf([{ count: 2 * apiServers(tenant), each }]);
}

/** All that several things take together. */
export function demandOf(parts: readonly { readonly count: number; readonly each: Demand }[]): Demand {
  const sum = (of: keyof Demand) => parts.reduce((total, { count, each }) => total + count * each[of], 0);
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
 * The disks of all machines at the pools' largest, those beside them while they roll, and for each kind of disk a second claim
 * of the one that is just filled: CDI fills one of its own and hands its volume over. Disks that find no room meanwhile
 * are filled one after the other.
 */
export function diskDemand({ nodePools }: Pick<Tenant, "nodePools">): DiskDemand {
  const disks = Object.values(nodePools).flatMap((pool) => {
    const machines = largestRolling(pool);
    if (machines === 0) return [];
    const sizes = [pool.disk, ...Object.values(pool.dataDisks)].flatMap((disk) =>
      disk === undefined ? [] : [disk.size],
    );
    return sizes.map((size) => ({ claims: machines + 1, each: quantity(size) / (1 - FILE_SYSTEM_OVERHEAD) }));
  });
  return {
    storage: disks.reduce((sum, { claims, each }) => sum + claims * each, 0),
    volumes: disks.reduce((sum, { claims }) => sum + claims, 0),
  };
}

/** Devices of hosts that the machines take at most, by name. */
export function deviceDemand({ nodePools }: Pick<Tenant, "nodePools">): Readonly<Record<string, number>> {
  const devices = Object.values(nodePools).flatMap((pool) => {
    const { gpus, hostDevices } = pool;
    const own = [
      ...Object.entries(hostDevices),
      ...(gpus === undefined ? [] : [[gpus.deviceName, gpus.count] as const]),
    ];
    return own.map(([device, count]) => [device, count * largestRolling(pool)] as const);
  });
  const sum: Record<string, number> = {};
  for (const [device, count] of devices) sum[device] = (sum[device] ?? 0) + count;
  return sum;
}

/** A guest's memory and what its emulator needs beside it; an estimate of KubeVirt's own, on the high side. */
function machineMemory({ cpus, memory }: NodePool): number {
  const guest = quantity(memory);
  return guest + guest / 512 + cpus * 8 * 2 ** 20 + 300 * 2 ** 20;
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
