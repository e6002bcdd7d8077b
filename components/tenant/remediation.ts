import type { MachineDeploymentSpec, MachineHealthCheckSpec } from "./kinds/cluster-api";
import { CLUSTER_LABEL, POOL_LABEL } from "./names";
import type { NodePool, Tenant } from "./settings";

/** A pool under the name of its objects. */
interface Pool extends Pick<NodePool, "replicas" | "autoscaling" | "disk" | "health"> {
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
  const { nodeStartupTimeoutSeconds, unknownTimeoutSeconds, notReadyTimeoutSeconds, maxUnhealthy } = pool.health;
  const usual = pool.disk === undefined ? "100%" : few(pool);
  return {
    clusterName: name,
    selector: { matchLabels: { [CLUSTER_LABEL]: name, [POOL_LABEL]: pool.objects } },
    checks: {
      nodeStartupTimeoutSeconds,
      // the provider's own report of a failed machine counts for nothing in 1.13.5: what counts is the node
      unhealthyNodeConditions: [
        { type: "Ready", status: "Unknown", timeoutSeconds: unknownTimeoutSeconds },
        ...(pool.readyLater === true
          ? []
          : [{ type: "Ready", status: "False", timeoutSeconds: notReadyTimeoutSeconds } as const]),
      ],
    },
    remediation: {
      triggerIf: { unhealthyLessThanOrEqualTo: maxUnhealthy === undefined ? usual : amountOf(maxUnhealthy) },
    },
  };
}

/** A percentage rounds down, to never for pools of one or two. */
function few({ replicas = 0, autoscaling }: Pool): number | "40%" {
  return autoscaling === undefined ? Math.max(1, Math.floor(0.4 * replicas)) : "40%";
}

/** How many machines are replaced at a time, rounded up: they are deleted, drains included, before the next ones are. */
export function remediation({ health }: Pick<NodePool, "health">): NonNullable<MachineDeploymentSpec["remediation"]> {
  return { maxInFlight: amountOf(health.maxInFlight) };
}

/** Numbers are refused as texts, percentages as numbers. */
function amountOf(given: string): number | `${number}%` {
  return given.endsWith("%") ? (given as `${number}%`) : Number(given);
}
