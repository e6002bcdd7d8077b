import * as path from "node:path";
import { EXIT } from "../check/exit";
import { driftOf, type MachineDrift } from "../machines/drift";
import { Engine } from "../engine";

export interface DriftChoice {
  /** Directory of Pulumi.yaml. */
  readonly root: string;
  readonly stack: string;
  /** One JSON document instead of lines. */
  readonly json?: boolean;
}

/**
 * Looks at the machines of a base stack with the user's own Pulumi CLI, backend and passphrase.
 *
 * @returns exit code and report: 0 where all machines run what was deployed, 1 where one does not, 2 where one could not
 *     be looked at.
 */
export async function drift(
  { root, stack, json }: DriftChoice,
  engine: Pick<Engine, "exportState"> = new Engine({ workDir: path.resolve(root) }),
  look: typeof driftOf = driftOf,
): Promise<{ code: number; report: string }> {
  const machines = await look(engine, stack);
  const failed = machines.some(({ error }) => error !== undefined);
  const differs = machines.some(({ differences }) => differences.length > 0);
  const code = failed ? EXIT.broken : differs ? EXIT.violation : EXIT.pass;
  return { code, report: json === true ? JSON.stringify(machines, undefined, 2) : machines.flatMap(lines).join("\n") };
}

function lines({ machine, address, differences, error }: MachineDrift): string[] {
  const head = `${machine} (${address})`;
  if (error !== undefined) return [`${head}: not known — ${error}`];
  if (differences.length === 0) return [`${head}: as deployed`];
  return [
    `${head}: ${differences.length} ${differences.length === 1 ? "field differs" : "fields differ"}`,
    ...differences.map(
      ({ path: field, expected = "nothing", actual = "nothing" }) => `  ${field}: ${actual} — deployed: ${expected}`,
    ),
  ];
}
