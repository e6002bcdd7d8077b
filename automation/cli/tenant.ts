import * as path from "node:path";
import { Engine } from "../engine";
import { listTenants, type ListedTenant } from "../tenants/list";
import { newTenant, type NewTenant } from "../tenants/new";
import { removeTenant } from "../tenants/remove";
import { resizePool } from "../tenants/resize";

interface Printed {
  /** Directory of Pulumi.yaml. */
  readonly root: string;
  /** One JSON document instead of lines. */
  readonly json?: true;
}

export interface NewChoice extends Printed {
  readonly customer?: string;
  readonly version: string;
  readonly pool: readonly string[];
  readonly image?: string;
  readonly tier: string;
  readonly allow?: readonly string[];
  readonly san?: readonly string[];
  readonly quota?: readonly string[];
  readonly podPrefix?: string;
  readonly reuse?: true;
}

export interface RemoveChoice extends Printed {
  readonly gone?: true;
}

/** Writes the stack file of a new tenant. @returns what to print. */
export async function tenantNew(cloud: string, name: string, choice: NewChoice): Promise<string> {
  const { json, pool, podPrefix, ...own } = choice;
  const prefix = podPrefix === undefined ? {} : { podPrefix: Number(podPrefix) };
  const wish: NewTenant = { ...own, cloud, name, pools: pool, ...prefix };
  const made = await newTenant(wish);
  if (json === true) return JSON.stringify(made, undefined, 2);
  const { stack, file, inventory, allocation, quota } = made;
  const { podCidr = "", serviceCidr = "", apiAddress } = allocation;
  return [
    `${file}: written; customer ${made.customer}`,
    `  pods ${podCidr}, services ${serviceCidr}${apiAddress === undefined ? "" : `, API ${apiAddress}`}, now in ${inventory}`,
    `  quota ${Object.entries(quota)
      .map(([key, value]) => `${key} ${String(value)}`)
      .join(", ")}`,
    `Next: commit both; npx firmament check --stack ${stack}; pulumi stack init ${stack} && pulumi up --stack ${stack}`,
  ].join("\n");
}

/** The tenants of a cloud, a line for each. */
export function tenantList(cloud: string, { root, json }: Printed): string {
  const tenants = listTenants(root, cloud);
  if (json === true) return JSON.stringify(tenants, undefined, 2);
  return tenants.length === 0 ? `${cloud} has no tenants` : tenants.map(line).join("\n");
}

function line({ tenant, customer, file, allocated, nodePools, ...own }: ListedTenant): string {
  const pools = Object.entries(nodePools).map(([name, machines]) => `${name} ${machines}`);
  return [
    `${tenant}: ${customer === tenant ? "" : `customer ${customer}, `}${own.kubernetesVersion ?? "no version"}`,
    `pods ${own.podCidr ?? "none"}`,
    `services ${own.serviceCidr ?? "none"}`,
    ...(own.apiAddress === undefined ? [] : [`API ${own.apiAddress}`]),
    ...(pools.length === 0 ? [] : [`machines: ${pools.join(", ")}`]),
    ...(file ? [] : ["no stack file"]),
    ...(allocated ? [] : ["not in the inventory"]),
  ].join("; ");
}

/** Frees what a tenant had, with the user's own Pulumi CLI, backend and passphrase. */
export async function tenantRemove(
  stack: string,
  { root, json, gone }: RemoveChoice,
  engine: Pick<Engine, "exportState"> = new Engine({ workDir: path.resolve(root) }),
): Promise<string> {
  const removed = await removeTenant({ root, stack, gone: gone === true }, engine);
  if (json === true) return JSON.stringify(removed, undefined, 2);
  return [
    `${stack}: removed; ${removed.files.join(" and ")} changed`,
    `  freed ${removed.freed.join(", ") || "nothing"}, which only --reuse gives again`,
    `Next: commit${removed.empty ? `; pulumi stack rm ${stack}` : ""}`,
  ].join("\n");
}

/** Writes another size of a pool into a tenant's stack file. */
export function tenantResize(stack: string, pool: string, size: string, { root, json }: Printed): string {
  const resized = resizePool({ root, stack, pool, size });
  if (json === true) return JSON.stringify(resized, undefined, 2);
  const { file, before, after } = resized;
  return `${file}: pool ${pool} ${before} → ${after}\nNext: pulumi up --stack ${stack}`;
}
