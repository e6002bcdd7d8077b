import { fieldsOf } from "../../components/core/fields";
import { NAMESPACE } from "../../components/core/layers";
import { readInventory } from "../../stacks/inventory/inventory-file";
import { textsOf } from "../../stacks/inventory/allocate";
import { textsIn } from "../../stacks/inventory/stack-texts";
import { customerOf } from "../../stacks/inventory/tenant-name";
import { readStackFile, stackNames } from "../../stacks/stack-files";
import { projectAt } from "./cloud";

/** A tenant as its stack file and the inventory know it; what only one of them has is missing. */
export interface ListedTenant {
  readonly tenant: string;
  readonly customer: string;
  readonly stack: string;
  /** Whether it has a stack file. */
  readonly file: boolean;
  /** Whether the inventory has it. */
  readonly allocated: boolean;
  readonly kubernetesVersion?: string;
  readonly podCidr?: string;
  readonly serviceCidr?: string;
  readonly apiAddress?: string;
  /** Machines of each pool, as the settings say: 3, or 0–6 where an autoscaler decides. */
  readonly nodePools: Readonly<Record<string, string>>;
}

/**
 * The tenants of a cloud, by name. Nothing is asked of the cloud.
 *
 * @throws InvalidInput when a file cannot be read.
 */
export function listTenants(root: string, cloud: string): ListedTenant[] {
  const project = projectAt(root);
  const prefix = `tenant.${cloud}.`;
  const files = stackNames(project).filter((name) => name.startsWith(prefix));
  const allocated = readInventory(project, cloud)?.tenants ?? {};
  const tenants = new Set([...files.map((name) => name.slice(prefix.length)), ...Object.keys(allocated)]);
  return [...tenants].sort().map((tenant) => {
    const stack = `${prefix}${tenant}`;
    const file = files.includes(stack);
    const { config } = file ? readStackFile(project, stack) : { config: {} };
    const settings = fieldsOf(fieldsOf(config)[`${NAMESPACE}:tenant`]);
    const own = Object.hasOwn(allocated, tenant) ? allocated[tenant] : undefined;
    const texts = { ...(own === undefined ? {} : textsOf(own)), ...textsIn(fieldsOf(config)) };
    return {
      tenant,
      customer: customerOf(tenant),
      stack,
      file,
      allocated: own !== undefined,
      ...(settings["kubernetesVersion"] === undefined
        ? {}
        : { kubernetesVersion: String(settings["kubernetesVersion"] as string) }),
      ...texts,
      nodePools: Object.fromEntries(
        Object.entries(fieldsOf(settings["nodePools"])).map(([name, pool]) => [name, machines(fieldsOf(pool))]),
      ),
    };
  });
}

function machines({ replicas, autoscaling }: Readonly<Record<string, unknown>>): string {
  const { min, max } = fieldsOf(autoscaling);
  return autoscaling === undefined ? String(replicas as number) : `${String(min as number)}–${String(max as number)}`;
}
