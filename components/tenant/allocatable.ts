import { quantity } from "../core/quantity";
import { reserveOf, thresholdsOf } from "../kubernetes/kubelet";
import type { NodePool } from "./settings";

/** A machine and what its kubelet keeps. */
type Machine = Pick<NodePool, "cpus" | "memory" | "kubelet">;

/** Cores in millicores, memory in mebibytes. */
interface Amount {
  readonly cpu: number;
  readonly memory: number;
}

/**
 * What kubelet keeps from pods for itself, the container engine and the system: a twentieth, of memory 256Mi to 1Gi, of
 * cores 50m to 500m. Without it pods may take all memory, and the kernel then ends processes of its choice.
 */
function systemReserve({ cpus, memory, kubelet }: Machine): Amount {
  const twentieth = (of: number, least: number, most: number) => Math.min(most, Math.max(least, Math.ceil(of / 20)));
  const given = kubelet.systemReserved;
  return {
    cpu: given.cpu === undefined ? twentieth(cpus * 1000, 50, 500) : millicores(given.cpu),
    memory: given.memory === undefined ? twentieth(mebibytes(memory), 256, 1024) : mebibytes(given.memory),
  };
}

/** The kubelet's arguments for what it keeps from pods. */
export function reserveArgs(machine: Machine): Record<string, string> {
  const { cpu, memory } = systemReserve(machine);
  const { systemReserved, kubeReserved, evictionHard, maxPods } = machine.kubelet;
  const { ephemeralStorage } = systemReserved;
  const disk = ephemeralStorage === undefined ? "" : `,ephemeral-storage=${ephemeralStorage}`;
  const kube = listed(kubeReserved === undefined ? {} : reserveOf(kubeReserved), "=");
  return {
    "system-reserved": `cpu=${cpu}m,memory=${memory}Mi${disk}`,
    ...(kube === "" ? {} : { "kube-reserved": kube }),
    ...(evictionHard === undefined ? {} : { "eviction-hard": listed(thresholdsOf(evictionHard), "<") }),
    ...(maxPods === undefined ? {} : { "max-pods": String(maxPods) }),
  };
}

/** Cores and memory that pods never get: both reserves, and the memory before whose end pods are evicted. */
export function kept(machine: Machine): Amount {
  const system = systemReserve(machine);
  const { kubeReserved = {}, evictionHard = {} } = machine.kubelet;
  const { memory = "100Mi" } = evictionHard;
  const evicted = memory.endsWith("%") ? (mebibytes(machine.memory) * parseInt(memory, 10)) / 100 : mebibytes(memory);
  return {
    cpu: system.cpu + millicores(kubeReserved.cpu ?? "0"),
    // the first 256 MiB that a kernel has for itself hold the usual threshold too
    memory: system.memory + mebibytes(kubeReserved.memory ?? "0") + Math.max(0, evicted - 100),
  };
}

/**
 * What a node has left for pods, as quantities: the guest's kernel keeps 1/64 of its memory for its page tables and some
 * hundred MiB for itself, kubelet evicts pods before the last 100 MiB (its default `memory.available`), and keeps what is
 * reserved. On the low side: a pod that does not fit on a node that the autoscaler has made for it would have one more
 * made, and so on.
 */
export function allocatable(machine: Machine): { readonly cpu: string; readonly memory: string } {
  const taken = kept(machine);
  const memory = mebibytes(machine.memory);
  return {
    cpu: `${Math.max(0, machine.cpus * 1000 - taken.cpu)}m`,
    memory: `${Math.max(0, Math.floor(memory - memory / 64 - 256 - taken.memory))}Mi`,
  };
}

/**
 * What a node with a disk of so many bytes has left for the files of pods, as a quantity: kubelet evicts pods before the
 * last tenth (its default `nodefs.available`), and partitions and file system take their part. On the low side, as memory.
 */
export function allocatableDisk(size: string): string {
  return `${Math.floor((0.85 * quantity(size)) / 2 ** 20)}Mi`;
}

function listed(values: Readonly<Record<string, string>>, sign: string): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}${sign}${value}`)
    .join(",");
}

function millicores(cpu: string): number {
  return Math.round(quantity(cpu) * 1000);
}

function mebibytes(memory: string): number {
  return quantity(memory) / 2 ** 20;
}
