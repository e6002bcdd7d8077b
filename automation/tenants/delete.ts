import * as fs from "node:fs";
import * as path from "node:path";
import { InvalidInput } from "../../components/core/problem";
import { readInventory } from "../../stacks/inventory/inventory-file";
import { stackFile } from "../../stacks/stack-files";
import type { Engine } from "../engine";
import { projectAt } from "./cloud";
import { removeTenant } from "./remove";
import { tenantOfStack } from "./tenant-stack";

/** What is left of a tenant. */
export interface TenantRest {
  /** Whether the backend has its stack. */
  readonly deployed: boolean;
  /** Its resources, where that is known. */
  readonly resources?: number;
  /** Whether it has a stack file, or networks in the inventory. */
  readonly files: boolean;
}

export interface DeletedTenant {
  readonly stack: string;
  /** Networks and addresses that are free again. */
  readonly freed: readonly string[];
  /** Files that are gone or changed, relative to the project. */
  readonly files: readonly string[];
}

/** @throws InvalidInput when nothing of such a tenant is there: its name may be mistyped. */
export async function restOfTenant(root: string, stack: string, engine: Pick<Engine, "stacks">): Promise<TenantRest> {
  const project = projectAt(root);
  const { cloud, tenant } = tenantOfStack(stack);
  const allocated = Object.hasOwn(readInventory(project, cloud)?.tenants ?? {}, tenant);
  const files = allocated || fs.existsSync(path.join(project.root, stackFile(project, stack)));
  const summary = (await engine.stacks()).find(({ name }) => name === stack);
  if (!files && summary === undefined) {
    const rule = "must be a tenant of this cloud: one with a stack file, in the inventory or in the backend";
    const fix = `see \`firmament tenant list ${cloud}\``;
    throw new InvalidInput("the deletion", [{ where: stack, given: "none of them", rule, fix }]);
  }
  const count = summary?.resourceCount;
  return { deployed: summary !== undefined, files, ...(count === undefined ? {} : { resources: count }) };
}

/**
 * Deletes a tenant for good: destroys its stack, removes its stack file, frees its networks, and removes the empty stack.
 * Each step finds what an earlier run has done, so that one that was killed is gone on with by running it again.
 *
 * @param destroy destroys the stack. @returns whether it did; else nothing more is done.
 * @returns undefined when it was not destroyed.
 */
export async function deleteTenant(
  root: string,
  stack: string,
  engine: Pick<Engine, "stacks" | "exportState" | "remove">,
  destroy: () => Promise<boolean>,
): Promise<DeletedTenant | undefined> {
  const { deployed, files } = await restOfTenant(root, stack, engine);
  let removed = { freed: [] as readonly string[], files: [] as readonly string[] };
  if (files) {
    // needs the stack file; without one, removing frees only what the backend says is empty
    const project = projectAt(root);
    const configured = fs.existsSync(path.join(project.root, stackFile(project, stack)));
    if (deployed && configured && !(await destroy())) return undefined;
    removed = await removeTenant({ root, stack }, engine);
  }
  // refused by the engine while it has resources
  if (deployed) await engine.remove(stack);
  return { stack, freed: removed.freed, files: removed.files };
}
