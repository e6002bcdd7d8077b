import type { Problem } from "../../core/problem";
import { quantity } from "../../core/quantity";
import type { TenantAddon } from "../addon";
import { deviceDemand, diskDemand } from "../capacity";
import { demand } from "../demand";
import { infrastructureOf } from "../infrastructure";
import type { Tenant } from "../settings";

/** Machines that are there while pools roll, in words. */
export function besides({ nodePools }: Pick<Tenant, "nodePools">): string {
  const usual = Object.values(nodePools).every(
    ({ rollout: { strategy, maxSurge } }) => strategy === "RollingUpdate" && maxSurge === 1,
  );
  return usual ? "one more of each pool while it rolls" : "those of rollout.maxSurge while pools roll";
}

export function quotaProblems(tenant: Tenant, addons: readonly TenantAddon[]): Problem[] {
  const { quota } = tenant;
  const needed = demand(
    tenant,
    addons.flatMap(({ management: side }) => (side === undefined ? [] : [side(tenant).demand])),
  );
  const checks = [
    { key: "cpu", has: quantity(quota.cpu), needs: needed.cpu, amount: `${Math.ceil(needed.cpu)} cores` },
    {
      key: "memory",
      has: quantity(quota.memory),
      needs: needed.memory,
      amount: `${Math.ceil(needed.memory / 2 ** 30)}Gi`,
    },
    { key: "pods", has: quota.pods, needs: needed.pods, amount: `${needed.pods} pods` },
  ] as const;
  return checks
    .filter(({ has, needs }) => needs > has)
    .map(({ key, amount }) => ({
      where: `tenant.quota.${key}`,
      given: String(quota[key]),
      rule: `machines, ${besides(tenant)}, and the control plane need ${amount}`,
      fix: "raise the quota or ask for fewer or smaller machines",
    }));
}

export function diskQuotaProblems(tenant: Tenant): Problem[] {
  if (!infrastructureOf(tenant).inNamespace) return [];
  const { storage, volumes } = diskDemand(tenant);
  const rule = (amount: string) =>
    `disks of machines, ${besides(tenant)} and a second claim of one that is filled, need ${amount}`;
  const fix = "raise the quota or ask for fewer or smaller disks";
  const checks = [
    {
      key: "storage",
      has: quantity(tenant.quota.storage),
      needs: storage,
      amount: `${Math.ceil(storage / 2 ** 30)}Gi`,
    },
    { key: "volumes", has: tenant.quota.volumes, needs: volumes, amount: `${volumes} volumes` },
  ] as const;
  return checks
    .filter(({ has, needs }) => needs > has)
    .map(({ key, amount }) => ({
      where: `tenant.quota.${key}`,
      given: String(tenant.quota[key]),
      rule: rule(amount),
      fix,
    }));
}

/** Devices that the quota does not name could be taken without end. */
export function deviceQuotaProblems(tenant: Tenant): Problem[] {
  if (!infrastructureOf(tenant).inNamespace) return [];
  return Object.entries(deviceDemand(tenant)).flatMap(([device, needs]) => {
    const has = tenant.quota.devices[device] ?? 0;
    if (needs <= has) return [];
    const rule = `machines, ${besides(tenant)}, need ${needs} of them`;
    const fix = "raise the quota, or set rollout to maxSurge 0 and maxUnavailable 1, or ask for fewer machines";
    return [{ where: `tenant.quota.devices.${device}`, given: String(has), rule, fix }];
  });
}
