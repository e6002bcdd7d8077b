import { deleteTenant, restOfTenant } from "../tenants/delete";
import { EXIT } from "./exit-codes";
import { follow, fleetOf, type OperationChoice } from "./fleet";

/** Deletes a tenant for good, when it is meant. @returns the exit code. */
export async function tenantDelete(stack: string, choice: OperationChoice): Promise<number> {
  const { root, yes, json } = choice;
  const fleet = fleetOf({ ...choice, policies: false });
  const { resources, deployed, files } = await restOfTenant(root, stack, fleet.engine);
  if (yes !== true) {
    const parts = [
      ...(deployed ? [`${resources ?? "its"} resources`] : []),
      ...(files ? ["its stack file and its networks"] : ["its empty stack"]),
    ];
    process.stdout.write(
      `${stack}: ${parts.join(", ")} would be deleted for good\nNothing is deleted without --yes.\n`,
    );
    return EXIT.broken;
  }
  let code: number = EXIT.pass;
  const deleted = await deleteTenant(root, stack, fleet.engine, async () => {
    code = await follow((call) => fleet.destroy({ stacks: [stack] }, call), choice, true);
    return code === EXIT.pass;
  });
  if (deleted === undefined) return code;
  const { files: changed, freed } = deleted;
  const lines = [
    `${stack}: deleted${changed.length === 0 ? "" : `; ${changed.join(" and ")} changed`}`,
    ...(freed.length === 0 ? [] : [`  freed ${freed.join(", ")}, which only --reuse gives again`]),
    ...(changed.length === 0 ? [] : ["Next: commit"]),
  ];
  process.stdout.write(`${json === true ? JSON.stringify(deleted, undefined, 2) : lines.join("\n")}\n`);
  return EXIT.pass;
}
