import * as fs from "node:fs";
import * as path from "node:path";
import { fieldsOf } from "../../components/core/fields";
import { InvalidInput } from "../../components/core/problem";
import { release, textsOf } from "../../stacks/inventory/allocate";
import { inventoryFile } from "../../stacks/inventory/inventory-file";
import { inventoryText } from "../../stacks/inventory/inventory-text";
import { stackFile } from "../../stacks/stack-files";
import type { Engine } from "../engine";
import { OperationFailed } from "../operation-failed";
import { keptInventory, projectAt } from "./cloud";
import { exclusively, writeTogether } from "./files";
import { tenantOfStack } from "./tenant-stack";

export interface RemovedTenant {
  readonly stack: string;
  /** What is freed. */
  readonly freed: readonly string[];
  /** Files that are gone or changed, relative to the project. */
  readonly files: readonly string[];
  /** Whether the backend has the stack still, without resources. */
  readonly empty: boolean;
}

export interface TenantRemoval {
  /** Directory of Pulumi.yaml. */
  readonly root: string;
  /** tenant.<cloud>.<name> */
  readonly stack: string;
  /** Whether the caller knows that nothing of it is left, so that the backend is not asked. Default: false. */
  readonly gone?: boolean;
}

/**
 * Removes the stack file of a tenant that is destroyed and frees its networks.
 *
 * @throws InvalidInput when its stack has resources, or that cannot be known; then nothing is changed.
 */
export function removeTenant(
  { root, stack, gone = false }: TenantRemoval,
  engine: Pick<Engine, "exportState">,
): Promise<RemovedTenant> {
  const project = projectAt(root);
  const { cloud, tenant } = tenantOfStack(stack);
  return exclusively(path.join(project.root, inventoryFile(project, cloud)), async () => {
    const { inventory, file: kept, text } = keptInventory(project, cloud);
    const file = stackFile(project, stack);
    const allocation = Object.hasOwn(inventory.tenants, tenant) ? inventory.tenants[tenant] : undefined;
    const exists = fs.existsSync(path.join(project.root, file));
    if (allocation === undefined && !exists) {
      const rule = "must be a tenant of this cloud: one with a stack file, or in the inventory";
      throw refusal(stack, "neither", rule, `see \`firmament tenant list ${cloud}\``);
    }
    const empty = gone ? false : await refuseDeployed(stack, engine);
    writeTogether([
      { file: path.join(project.root, file), text: undefined },
      { file: path.join(project.root, kept), text: inventoryText(text, release(inventory, tenant)) },
    ]);
    return {
      stack,
      freed: allocation === undefined ? [] : Object.values(textsOf(allocation)),
      files: [...(exists ? [file] : []), ...(allocation === undefined ? [] : [kept])],
      empty,
    };
  });
}

/** @returns whether there is a stack; it is empty. */
async function refuseDeployed(stack: string, engine: Pick<Engine, "exportState">): Promise<boolean> {
  let state: string;
  try {
    state = await engine.exportState(stack);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof OperationFailed && /no stack named/.test(message)) return false;
    const rule = "must be known to have no resources before its networks are free";
    const fix = "let this reach the backend, or give --gone when you know that nothing of it is left";
    throw refusal(stack, message.split("\n")[0] ?? "no answer", rule, fix);
  }
  const { resources = [], pending_operations: pending = [] } = fieldsOf(
    fieldsOf(JSON.parse(state))["deployment"],
  ) as Readonly<Record<"resources" | "pending_operations", readonly { readonly type?: string }[] | undefined>>;
  const left = (resources ?? []).filter(({ type }) => type !== "pulumi:pulumi:Stack").length + (pending ?? []).length;
  if (left === 0) return true;
  const fix = `run \`pulumi destroy --stack ${stack}\` first, of a production tenant after it is deployed with tier: development`;
  throw refusal(stack, `${left} resources`, "must have none: its networks are in use", fix);
}

function refusal(where: string, given: string, rule: string, fix: string): InvalidInput {
  return new InvalidInput("the removal", [{ where, given, rule, fix }]);
}
