import type { MachineHealthCheckSpec } from "./kinds/cluster-api";
import { CLUSTER_LABEL, POOL_LABEL } from "./names";
import { NODE_STARTUP_SECONDS } from "./roll-out";
import type { NodePool, Tenant } from "./settings";

/** A pool under the name of its objects. */
interface Pool extends Pick<NodePool, "replicas" | "autoscaling" | "disk"> {
  readonly objects: string;
  /** Whether nodes become Ready after what the customer does: until then it is no fault of theirs. */
  readonly readyLater?: boolean;
}

/**
 * Replaces machines whose node does not come up or stops answering.
 *
 * Machines with a disk come back by themselves after a power cut: where many are away at once it is not the machines, and
 * they are left alone. The others do not, and all of a pool may have to be replaced. That the tenant's API is away
 * replaces none: Cluster API 1.13.5 looks at no machine before it has a connection (machinehealthcheck_controller.go), and
 * a node that comes back in time is never unhealthy.
 */
export function healthCheckSpec({ name }: Pick<Tenant, "name">, pool: Pool): MachineHealthCheckSpec {
  return {
    clusterName: name,
    selector: { matchLabels: { [CLUSTER_LABEL]: name, [POOL_LABEL]: pool.objects } },
    checks: {
      nodeStartupTimeoutSeconds: NODE_STARTUP_SECONDS,
      // the provider's own report of a failed machine counts for nothing in 1.13.5: what counts is the node
      unhealthyNodeConditions: [
        { type: "Ready", status: "Unknown", timeoutSeconds: 300 },
        ...(pool.readyLater === true ? [] : [{ type: "Ready", status: "False", timeoutSeconds: 600 } as const]),
      ],
    },
    remediation: { triggerIf: { unhealthyLessThanOrEqualTo: pool.disk === undefined ? "100%" : few(pool) } },
  };
}

/** A percentage rounds down, to never for pools of one or two. */
function few({ replicas = 0, autoscaling }: Pool): number | "40%" {
  return autoscaling === undefined ? Math.max(1, Math.floor(0.4 * replicas)) : "40%";
}

/** How many machines are replaced at a time, rounded up: they are deleted, drains included, before the next ones are. */
export const REMEDIATION = { maxInFlight: "40%" } as const;
