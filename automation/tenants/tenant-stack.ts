import { InvalidInput } from "../../components/core/problem";
import { parseStackName } from "../../stacks/stack-name";

/**
 * Cloud and tenant of a tenant's stack.
 *
 * @throws InvalidInput when it is no name of one.
 */
export function tenantOfStack(stack: string): { readonly cloud: string; readonly tenant: string } {
  const { layer, cloud, tenant } = parseStackName(stack, stack.split(".")[0]);
  if (layer === "tenant" && tenant !== undefined) return { cloud, tenant };
  const rule = "must be a tenant's stack: tenant.<cloud>.<name>";
  throw new InvalidInput("the stack", [{ where: "stack", given: stack, rule, fix: "give one of a tenant" }]);
}
