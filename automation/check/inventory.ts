import { describe } from "../../components/core/problem";
import { inventoryContradictions } from "../../stacks/inventory/contradictions";
import { textsOf, type Texts } from "../../stacks/inventory/allocate";
import { textsIn } from "../../stacks/inventory/stack-texts";
import { inventoryFile, readInventory } from "../../stacks/inventory/inventory-file";
import { KINDS, type Inventory, type Kind } from "../../stacks/inventory/schema";
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

/** Where stack files say what inventories give. */
const PATHS: Readonly<Record<Kind, string>> = {
  podCidr: "network.podCidr",
  serviceCidr: "network.serviceCidr",
  apiAddress: "controlPlane.loadBalancer.address",
};

function disagreements(
  { tenants, pools }: Inventory,
  { stack, config }: StackFile,
  file: string,
): { readonly path: string; readonly message: string }[] {
  const tenant = stack.tenant ?? "";
  const own = Object.hasOwn(tenants, tenant) ? tenants[tenant] : undefined;
  const { apiAddress, ...networks } = textsIn(config);
  // without a pool of them, addresses are no matter of the inventory
  const said: Texts = {
    ...networks,
    ...(pools.apiAddress === undefined || apiAddress === undefined ? {} : { apiAddress }),
  };
  if (own === undefined) {
    const fields = Object.entries(said).map(([kind, text]) => `${kind}: ${text}`);
    const message = `${file} does not have ${tenant}, and could give its networks to another tenant; add tenants.${tenant}: { ${fields.join(", ")} }`;
    return [{ path: "network", message }];
  }
  const given = textsOf(own);
  return KINDS.filter((kind) => said[kind] !== given[kind]).map((kind) => ({
    path: PATHS[kind],
    message: `${said[kind] ?? "nothing"} here, ${given[kind] ?? "nothing"} in ${file}; what is deployed is right, correct the other one`,
  }));
}
