import * as path from "node:path";
import { InvalidInput } from "../../components/core/problem";
import { checkSettings, readPolicyFile } from "./policy-file";
import { StackRunner, type StackRun } from "./run-stacks";
import { readProject, readStackFiles } from "./stack-files";

/**
 * Runs the programs of all stacks of a cloud, with nothing behind them.
 *
 * @param root directory of Pulumi.yaml.
 * @param what the work that this is for, as an error names it.
 * @throws InvalidInput when a program fails.
 */
export async function runCloud(root: string, cloud: string, what: string): Promise<StackRun[]> {
  const project = readProject(path.resolve(root));
  const policies = readPolicyFile(project, cloud);
  const runner = new StackRunner(project, (file) => checkSettings(policies, file));
  const runs: StackRun[] = [];
  for (const file of readStackFiles(project)) if (file.stack.cloud === cloud) runs.push(await runner.run(file));

  const fix = "run `firmament check`, which says more";
  const broken = runs.flatMap(({ file, error }) =>
    error === undefined ? [] : [{ where: file.name, given: error, rule: "its program must run", fix }],
  );
  if (broken.length > 0) throw new InvalidInput(what, broken);
  return runs;
}
