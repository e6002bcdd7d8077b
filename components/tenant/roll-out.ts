import type { NodePool } from "./settings";

/** How long a machine usually takes to boot and join, once its disk is on the host. */
const MACHINE_SECONDS = 300;

/** How long a disk of its own usually takes to be filled from the image. */
const DISK_SECONDS = 300;

type Size = Pick<NodePool, "replicas" | "autoscaling" | "drainTimeoutSeconds" | "disk" | "rollout" | "health">;

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
 * customer does, machines have to be there, no more. Machines that are replaced when somebody deletes them are waited
 * for by nobody.
 */
export function rolledOut({
  replicas = 0,
  autoscaling,
  rollout,
  readyLater = false,
}: Size & { readonly readyLater?: boolean }): string[] {
  if (rollout.strategy === "OnDelete") return [readyLater ? "jsonpath={.status.conditions}" : "condition=Available"];
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
export function bootSeconds({ replicas = 0, autoscaling, disk, health }: Size): number {
  return (
    Math.max(BOOT_SECONDS, health.nodeStartupTimeoutSeconds) +
    (disk === undefined ? 0 : (autoscaling?.min ?? replicas) * DISK_SECONDS)
  );
}

/** How many machines of a pool are replaced at a time, while it rolls. */
function atATime({ rollout: { strategy, maxSurge, maxUnavailable } }: Pick<NodePool, "rollout">): number {
  return strategy === "OnDelete" ? 1 : Math.max(1, maxSurge + maxUnavailable);
}

/** How long a machine usually takes to become a node, in seconds. */
function startSeconds({ disk }: Pick<NodePool, "disk">): number {
  return MACHINE_SECONDS + (disk === undefined ? 0 : DISK_SECONDS);
}

/**
 * The longest that a roll may take, in seconds: machines are replaced a few at a time, and each may keep its pods for
 * as long as its drain is given.
 */
export function rollSeconds(pool: Size): number {
  const { replicas = 0, autoscaling, drainTimeoutSeconds, health } = pool;
  const turns = Math.ceil(Math.max(1, autoscaling?.max ?? replicas) / atATime(pool));
  return health.nodeStartupTimeoutSeconds + turns * (startSeconds(pool) + drainTimeoutSeconds);
}
