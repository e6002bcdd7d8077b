import * as fs from "node:fs";
import * as path from "node:path";
import { checked } from "../../components/core/checked";
import { readYaml, type Project } from "../stack-files";
import { inventorySchema, type Inventory } from "./schema";

/** Path of a cloud's inventory, relative to the project: beside its stack files. */
export function inventoryFile({ folder }: Pick<Project, "folder">, cloud: string): string {
  return path.join(folder, `inventory.${cloud}.yaml`);
}

/**
 * A cloud's inventory; undefined where it has none.
 *
 * @throws InvalidInput when it cannot be read, with everything that is malformed.
 */
export function readInventory(project: Project, cloud: string): Inventory | undefined {
  const file = inventoryFile(project, cloud);
  const full = path.join(project.root, file);
  if (!fs.existsSync(full)) return undefined;
  return checked(inventorySchema, readYaml(full), { what: file, fix: "correct it" });
}
