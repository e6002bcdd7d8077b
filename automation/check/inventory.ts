import { fieldsOf } from "../../components/core/fields";
import { describe } from "../../components/core/problem";
import { inventoryContradictions } from "../../stacks/inventory/contradictions";
import { inventoryFile, readInventory } from "../../stacks/inventory/inventory-file";
import { KINDS, type Inventory } from "../../stacks/inventory/schema";
import type { EvaluatedFinding } from "./evaluation";
import type { Project, StackFile } from "./stack-files";

/**
 * Where a cloud's inventory and the stack files of its tenants disagree, and where the inventory contradicts itself.
 * Clouds without inventory decide their networks by hand.
 *
 * @throws InvalidInput when the inventory cannot be read.
 */
export function inventoryProblems(project: Project, cloud: string, tenants: readonly StackFile[]): EvaluatedFinding[] {
  const inventory = readInventory(project, cloud);
  if (inventory === undefined) return [];
  const file = inventoryFile(project, cloud);
  const found = (source: string, path: string, message: string): EvaluatedFinding => ({
    rule: "tenant-inventory",
    path,
    message,
    severity: "high",
    status: "violation",
    level: "mandatory",
    source,
    resource: file,
  });
  const known = new Set(tenants.map(({ stack }) => stack.tenant));
  const fix = (tenant: string) =>
    `write the file with \`firmament tenant new\`, or free its networks with \`firmament tenant remove tenant.${cloud}.${tenant}\``;
  return [
    ...inventoryContradictions(inventory).map((problem) => found(file, problem.where, describe(problem).trim())),
    ...Object.keys(inventory.tenants)
      .filter((tenant) => !known.has(tenant))
      .map((tenant) => found(file, `tenants.${tenant}`, `${tenant} has no stack file; ${fix(tenant)}`)),
    ...tenants.flatMap((tenant) =>
      disagreements(inventory, tenant, file).map(({ path, message }) => found(tenant.name, path, message)),
    ),
  ];
}

function disagreements(
  { tenants }: Inventory,
  { stack, config }: StackFile,
  file: string,
): { readonly path: string; readonly message: string }[] {
  const tenant = stack.tenant ?? "";
  const own = Object.hasOwn(tenants, tenant) ? tenants[tenant] : undefined;
  const network = fieldsOf(fieldsOf(config["firmament:tenant"])["network"]);
  if (own === undefined) {
    const fields = KINDS.map((kind) => `${kind}: ${String(network[kind])}`).join(", ");
    const message = `${file} does not have ${tenant}, and could give its networks to another tenant; add tenants.${tenant}: { ${fields} }`;
    return [{ path: "network", message }];
  }
  return KINDS.filter((kind) => String(network[kind]) !== String(own[kind])).map((kind) => ({
    path: `network.${kind}`,
    message: `${String(network[kind])} here, ${String(own[kind])} in ${file}; what is deployed is right, correct the other one`,
  }));
}
