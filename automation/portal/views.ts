import { costOf } from "./amounts";
import type { CloudCluster } from "./cloud";
import type { StoredJob } from "./jobs";
import type { Capacity, Cluster, ClusterState, Job } from "./page/wire";
import { mayOf, type Principal } from "./principal";
import type { ServiceSettings } from "./settings";

const DOING = { create: "creating", resize: "resizing", delete: "deleting" } as const;

/** A cluster, with what the newest job does to it. */
export function clusterView(cluster: CloudCluster, job: StoredJob | undefined): Cluster {
  const { id, customer, version, isProtected, pools, quota } = cluster;
  return {
    id,
    customer,
    version,
    isProtected,
    pools,
    quota,
    state: stateOf(cluster, job),
    ...(job === undefined ? {} : { job: job.id }),
  };
}

function stateOf({ deployed }: CloudCluster, job: StoredJob | undefined): ClusterState {
  if (job?.state === "failed") return "failed";
  if (job !== undefined && job.state !== "done") return DOING[job.kind];
  return deployed || job?.state === "done" ? "ready" : "not-deployed";
}

/** A job as somebody sees it: what the engine said of a failure is for operators, since it names the platform's parts. */
export function jobView({ wanted: _, failure, ...job }: StoredJob, { customers }: Principal): Job {
  if (failure === undefined) return job;
  const { message: __, ...known } = failure;
  return { ...job, failure: customers === "*" ? failure : known };
}

/** Quota of the customers that somebody sees: what each may have, what its clusters have, and what that costs. */
export function capacityView(
  clusters: readonly CloudCluster[],
  principal: Principal,
  { customers: limits, prices }: Pick<ServiceSettings, "customers" | "prices">,
): Capacity {
  const customers = [...new Set([...Object.keys(limits), ...clusters.map(({ customer }) => customer)])]
    .filter((customer) => mayOf(principal, customer))
    .sort();
  return {
    customers: customers.map((customer) => ({
      customer,
      limit: limits[customer] ?? {},
      clusters: clusters
        .filter((cluster) => cluster.customer === customer)
        .map(({ id, quota }) => ({ id, quota, ...(prices === undefined ? {} : { cost: costOf(quota, prices) }) })),
    })),
    ...(prices === undefined ? {} : { currency: prices.currency }),
  };
}
