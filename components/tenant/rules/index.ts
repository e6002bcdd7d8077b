import type { Use } from "../../core/network-overlaps";
import type { Problem } from "../../core/problem";
import { type KubernetesVersion, versionProblems } from "../../core/version";
import type { TenantAddon } from "../addon";
import { capabilityProblems, provided } from "../addon-order";
import type { Tenant } from "../settings";
import { lifeProblems } from "../life";
import { infrastructureOf } from "../infrastructure";
import { accessProblems } from "./access";
import { autoscalingProblems } from "./autoscaling";
import { controlPlaneProblems } from "./control-plane";
import { networkProblems } from "./network";
import { poolProblems } from "./node-pools";
import { deviceQuotaProblems, diskQuotaProblems, quotaProblems } from "./quota";

/** What the rules look at beside the settings. All of it may be unknown. */
export interface Surroundings {
  /** Version that runs now. */
  readonly deployed?: KubernetesVersion | undefined;
  /** Pools that there are now. */
  readonly deployedPools?: readonly string[];
  /** Networks of the cloud's other tenants. */
  readonly neighbours?: readonly Use[];
  /** Add-ons that are installed. */
  readonly addons?: readonly TenantAddon[];
}

/**
 * Settings that contradict each other, the platform, the neighbours or what is deployed, and what Cluster API, Kamaji or
 * KubeVirt would refuse only at reconcile. Paths begin with `tenant.`, as in the stack file.
 */
export function contradictions(
  tenant: Tenant,
  { deployed, deployedPools = [], neighbours = [], addons = [] }: Surroundings = {},
): Problem[] {
  return [
    ...versionProblems("tenant.kubernetesVersion", tenant.kubernetesVersion, deployed),
    ...lifeProblems(tenant, deployed === undefined ? undefined : { version: String(deployed), pools: deployedPools }),
    ...networkProblems(tenant, neighbours),
    ...infrastructureOf(tenant).check(tenant),
    ...controlPlaneProblems(tenant),
    ...Object.entries(tenant.nodePools).flatMap(([name, pool]) => poolProblems(tenant, name, pool)),
    ...accessProblems(tenant),
    ...capabilityProblems(addons),
    ...autoscalingProblems(tenant, provided(addons)),
    ...addons.flatMap(({ check }) => check?.(tenant, provided(addons)) ?? []),
    ...quotaProblems(tenant, addons),
    ...diskQuotaProblems(tenant),
    ...deviceQuotaProblems(tenant),
  ];
}
