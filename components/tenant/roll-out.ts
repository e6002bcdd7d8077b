import type { NodePool } from "./settings";

/** Pulling a container disk can take longer than the ten minutes that Cluster API grants by default. */
export const NODE_STARTUP_SECONDS = 1200;

/** How long a machine usually takes to boot and join, once its disk is on the host. */
const MACHINE_SECONDS = 300;

/** How long a disk of its own usually takes to be filled from the image. */
const DISK_SECONDS = 300;

type Size = Pick<NodePool, "replicas" | "autoscaling" | "drainTimeoutSeconds" | "disk">;

/**
 * What says of a MachineDeployment that all its machines are of the present template, and no other is left: in the form
 * of the annotation `pulumi.com/waitFor`. The provider heeds none of it before the controller has observed the object's
 * present generation.
 *
 * Conditions are not enough: in the reconcile that begins a roll, Cluster API 1.13.5 counts by conditions of machines
 * that was not compared with the new template yet, so MachinesUpToDate is True for the new generation. What is counted
 * by MachineSets is right from the first moment: `updatedReplicas` counts those of the new one only, and machines that a
 * new one still waits for are `unavailableReplicas`. Both stand in status.deprecated.v1beta1, which 1.13 and 1.14 write;
 * v1beta2 has no like of them. The phase is Running when there are as many machines as wanted, deleted ones that are not
 * gone yet included (internal/controllers/machinedeployment: machinedeployment_sync.go, machinedeployment_status.go).
 *
 * Where the autoscaler decides the number of machines, it is not known here. Where nodes become Ready after what the
 * customer does, machines have to be there, no more.
 */
export function rolledOut({
  replicas = 0,
  autoscaling,
  readyLater = false,
}: Size & { readonly readyLater?: boolean }): string[] {
  const counted = (field: string, value: number) => `jsonpath={.status.deprecated.v1beta1.${field}}=${value}`;
  if (readyLater)
    return autoscaling === undefined ? [counted("updatedReplicas", replicas)] : ["condition=MachinesUpToDate"];
  return [
    "condition=Available",
    "condition=MachinesUpToDate",
    "jsonpath={.status.phase}=Running",
    autoscaling === undefined ? counted("updatedReplicas", replicas) : counted("unavailableReplicas", 0),
  ];
}

/** How long the machines of a new pool may take, all at once, to pull their image, boot and join. */
const BOOT_SECONDS = 1800;

/** The longest that a new pool may take, in seconds: where the quota has room for no more, disks are filled one by one. */
export function bootSeconds({ replicas = 0, autoscaling, disk }: Size): number {
  return BOOT_SECONDS + (disk === undefined ? 0 : (autoscaling?.min ?? replicas) * DISK_SECONDS);
}

/**
 * The longest that a roll may take, in seconds: machines are replaced one after the other, and each may keep its pods for
 * as long as its drain is given.
 */
export function rollSeconds({ replicas = 0, autoscaling, drainTimeoutSeconds, disk }: Size): number {
  const machines = Math.max(1, autoscaling?.max ?? replicas);
  const start = MACHINE_SECONDS + (disk === undefined ? 0 : DISK_SECONDS);
  return NODE_STARTUP_SECONDS + machines * (start + drainTimeoutSeconds);
}
