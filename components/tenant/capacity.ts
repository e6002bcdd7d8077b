import { quantity } from "../core/quantity";
import type { Resources } from "./kinds/kamaji-control-plane";
import type { NodePoolSpec, TenantSpec } from "./tenant-spec";

/**
 * Resources of one copy of a tenant's control plane. Always written down: without them the namespace's LimitRange would
 * give an API server the memory of a sidecar.
 */
export const CONTROL_PLANE = {
  apiServer: resources("200m", "512Mi", "1", "2Gi"),
  controllerManager: resources("50m", "128Mi", "500m", "512Mi"),
  scheduler: resources("25m", "64Mi", "250m", "256Mi"),
  konnectivity: resources("25m", "64Mi", "250m", "256Mi"),
} as const;

/** Machines of a pool at its largest. */
export function largest({ size }: Pick<NodePoolSpec, "size">): number {
  return "max" in size ? size.max : size.replicas;
}

/**
 * What a tenant takes from its quota at most, in cores and bytes: all machines of all pools at their largest, one more
 * of the largest size while a pool rolls, and twice the control plane, which Kamaji replaces blue-green.
 */
export function demand({ nodePools, controlPlane }: Pick<TenantSpec, "nodePools" | "controlPlane">): {
  readonly cpu: number;
  readonly memory: number;
} {
  const machines = nodePools.map((pool) => ({ count: largest(pool), cpu: pool.cpus, memory: machineMemory(pool) }));
  const copies = 2 * controlPlane.replicas;
  const sum = (of: "cpu" | "memory") =>
    machines.reduce((total, machine) => total + machine.count * machine[of], 0) +
    Math.max(0, ...machines.map((machine) => machine[of])) +
    copies * Object.values(CONTROL_PLANE).reduce((total, { limits }) => total + quantity(limits[of]), 0);
  return { cpu: sum("cpu"), memory: sum("memory") };
}

/** A guest's memory and what its emulator needs beside it; an estimate of KubeVirt's own, on the high side. */
function machineMemory({ cpus, memory }: NodePoolSpec): number {
  const guest = quantity(memory);
  return guest + guest / 512 + cpus * 8 * 2 ** 20 + 300 * 2 ** 20;
}

function resources(requestCpu: string, requestMemory: string, cpu: string, memory: string): Resources {
  return { requests: { cpu: requestCpu, memory: requestMemory }, limits: { cpu, memory } };
}
