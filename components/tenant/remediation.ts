import type { MachineDeploymentSpec, MachineHealthCheckSpec } from "./kinds/cluster-api";
import { CLUSTER_LABEL, POOL_LABEL } from "./names";
import { NODE_STARTUP_SECONDS } from "./roll-out";
import type { Tenant } from "./settings";

/** A pool under the name of its objects. */
interface Pool {
  readonly objects: string;
}

/**
 * Replaces machines whose node does not come up or stops answering: also all of a pool, for after a power cut none of them
 * comes back by itself. That the tenant's API is away replaces none: Cluster API 1.13.5 looks at no machine before it has
 * a connection (machinehealthcheck_controller.go), and a node that comes back in time is never unhealthy.
 */
export function healthCheckSpec({ name }: Pick<Tenant, "name">, { objects }: Pool): MachineHealthCheckSpec {
  return {
    clusterName: name,
    selector: { matchLabels: { [CLUSTER_LABEL]: name, [POOL_LABEL]: objects } },
    checks: {
      nodeStartupTimeoutSeconds: NODE_STARTUP_SECONDS,
      // the provider's own report of a failed machine counts for nothing in 1.13.5: what counts is the node
      unhealthyNodeConditions: [
        { type: "Ready", status: "Unknown", timeoutSeconds: 300 },
        { type: "Ready", status: "False", timeoutSeconds: 600 },
      ],
    },
    remediation: { triggerIf: { unhealthyLessThanOrEqualTo: "100%" } },
  };
}

/** How many machines are replaced at a time, rounded up: they are deleted, drains included, before the next ones are. */
export function remediationSpec(): Pick<MachineDeploymentSpec, "remediation"> {
  return { remediation: { maxInFlight: "40%" } };
}
