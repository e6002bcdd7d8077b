import type { Problem } from "../core/problem";
import type { TenantAddon, ManagementSide } from "./addon";
import type { NodePool, Tenant } from "./settings";

/** How a cluster lives apart from what it is: paused, asleep, or neither. */
type Life = Pick<Tenant, "paused" | "hibernated">;

/** What was deployed of a tenant before. */
export interface DeployedTenant {
  /** Of its control plane. */
  readonly version: string;
  readonly pools: readonly string[];
}

/** The annotation that makes a deployment wait: not while nothing is reconciled that it could wait for. */
export function awaited({ paused }: Life, conditions: readonly string[]): Record<string, string> {
  return paused ? {} : { "pulumi.com/waitFor": JSON.stringify(conditions) };
}

/** A pool while its cluster sleeps. Without the autoscaler's annotations: it leaves such a pool alone. */
export function emptied<Pool extends Pick<NodePool, "replicas" | "autoscaling">>(pool: Pool): Pool {
  const awake: Pool = { ...pool, replicas: 0 };
  delete awake.autoscaling;
  return awake;
}

/** An add-on's side in the management cluster, without pods while the cluster sleeps: there is no API for them. */
export function asleepWith({ hibernated }: Life, side: ManagementSide | undefined): ManagementSide | undefined {
  if (side === undefined || !hibernated) return side;
  const objects = side.objects.map(({ suffix, object }) => {
    if (object.kind !== "Deployment" && object.kind !== "StatefulSet") return { suffix, object };
    return { suffix, object: { ...object, spec: { ...(object["spec"] as object), replicas: 0 } } };
  });
  return { ...side, objects };
}

/**
 * A cluster as it can be deployed: before it has run for the first time it can neither sleep nor be paused, since nobody
 * would make its kubeconfig. The first deployment starts it, and says so.
 */
export function started(tenant: Tenant, deployed: boolean): { readonly tenant: Tenant; readonly notices: Problem[] } {
  const chosen = (["paused", "hibernated"] as const).filter((key) => tenant[key]);
  if (deployed || chosen.length === 0) return { tenant, notices: [] };
  const rule = "the cluster has to be there first: this deployment starts it";
  return {
    tenant: { ...tenant, paused: false, hibernated: false },
    notices: chosen.map((key) => ({ where: `tenant.${key}`, given: "true", rule, fix: "run `pulumi up` once more" })),
  };
}

/** What a cluster that is paused or sleeps is not able to do. */
export function lifeProblems(tenant: Tenant, deployed: DeployedTenant | undefined): Problem[] {
  const { paused, hibernated, kubernetesVersion, nodePools } = tenant;
  if (!paused && !hibernated) return [];
  const problems: Problem[] = [];
  if (paused && hibernated) {
    const rule = "a paused cluster neither falls asleep nor wakes";
    problems.push({ where: "tenant.hibernated", given: "true", rule, fix: "set tenant.paused to false" });
  }
  if (deployed === undefined) return problems;
  const state = paused ? "is paused" : "sleeps";
  if (deployed.version !== String(kubernetesVersion)) {
    const rule = `must stay ${deployed.version} while the cluster ${state}: nothing upgrades it`;
    const fix = `change it after tenant.${paused ? "paused" : "hibernated"} is false`;
    problems.push({ where: "tenant.kubernetesVersion", given: String(kubernetesVersion), rule, fix });
  }
  for (const pool of paused ? deployed.pools.filter((name) => nodePools[name] === undefined) : []) {
    const rule = "cannot be removed while the cluster is paused: its machines would never be deleted";
    problems.push({ where: `tenant.nodePools.${pool}`, given: "left out", rule, fix: "set tenant.paused to false" });
  }
  return problems;
}

/** What a preview says of a cluster that is paused or sleeps. */
export function lifeNotices(tenant: Tenant, addons: readonly TenantAddon[]): Problem[] {
  const notices: Problem[] = [];
  if (tenant.paused) {
    const rule =
      "nothing will be reconciled: what changes reaches control plane and machines when it is false again, no machine is repaired, and the cluster cannot be deleted";
    notices.push({ where: "tenant.paused", given: "true", rule, fix: "set it to false to go on" });
  }
  if (tenant.hibernated) {
    const workloads = addons.filter(({ management }) => (management?.(tenant).objects.length ?? 0) > 0);
    const sleeping = [
      ...Object.keys(tenant.nodePools)
        .sort()
        .map((pool) => `machines of ${pool}`),
      "API servers",
      ...workloads.map(({ name }) => name),
    ];
    const rule = `sleeps: ${sleeping.join(", ")}. Its state, its volumes, its address and its quota stay; root disks of machines do not`;
    notices.push({ where: "tenant.hibernated", given: "true", rule, fix: "set it to false to wake the same cluster" });
  }
  return notices;
}
