import * as path from "node:path";
import { fieldsOf } from "../../components/core/fields";
import { PACKAGE_ROOT } from "../../components/core/package-root";
import { InvalidInput } from "../../components/core/problem";
import { readChartLock } from "../../components/platform/charts/lock";
import { readPolicyFile } from "../check/policy-file";
import { rendering, type RenderChoice } from "../check/releases";
import { StackRunner, type StackRun } from "../check/run-stacks";
import { readProject, readStackFiles } from "../check/stack-files";
import { type Bill, billText, chartsIn, imagesIn } from "./bill";

const RELEASE = "kubernetes:helm.sh/v3:Release";
const STACK = "pulumi:pulumi:Stack";

export interface BillOfCloud {
  /** CycloneDX 1.6, JSON. */
  readonly text: string;
  /** What the bill does not know, a sentence each. */
  readonly gaps: readonly string[];
}

/**
 * The bill of materials of a cloud: what the programs of its stacks register, and what their charts render to. Nothing
 * is deployed, and no cluster is asked.
 *
 * @throws InvalidInput when the cloud has no stacks, or a program fails.
 */
export async function billOfCloud(root: string, cloud: string, choice: RenderChoice): Promise<BillOfCloud> {
  const project = readProject(path.resolve(root));
  const files = readStackFiles(project).filter(({ stack }) => stack.cloud === cloud);
  const { settings } = readPolicyFile(project, cloud);
  const runner = new StackRunner(project, ({ stack: { layer } }) =>
    Object.hasOwn(settings, layer) ? { [layer]: settings[layer] } : {},
  );
  const runs: StackRun[] = [];
  for (const file of files) runs.push(await runner.run(file));
  refuseBroken(cloud, runs);

  const rendered = await rendering(runs, runs, choice, () => false);
  const objects = runs.flatMap(({ resources }) =>
    // outputs repeat what resources say
    resources.filter(({ type }) => type !== STACK).map(({ props }) => props),
  );
  const bill: Bill = {
    charts: chartsIn(
      runs.flatMap(({ resources }) => resources.filter(({ type }) => type === RELEASE).map(({ props }) => props)),
      readChartLock(PACKAGE_ROOT),
    ),
    images: imagesIn([...objects, ...[...rendered.manifests.values()].flat()]),
  };
  return { text: billText(cloud, bill), gaps: gapsOf(bill, rendered) };
}

function refuseBroken(cloud: string, runs: readonly StackRun[]): void {
  const fix = "run `firmament check`, which says more";
  const broken = runs.flatMap(({ file, error }) =>
    error === undefined ? [] : [{ where: file.name, given: error, rule: "its program must run", fix }],
  );
  if (broken.length > 0) throw new InvalidInput("bom", broken);
  if (runs.length > 0) return;
  const rule = "must have stack files";
  throw new InvalidInput("bom", [{ where: cloud, given: "no stacks", rule, fix: "name a cloud that has some" }]);
}

function gapsOf({ charts, images }: Bill, { unseen, failures }: Awaited<ReturnType<typeof rendering>>): string[] {
  const open = charts.filter(({ digest }) => digest === undefined).map(({ name }) => name);
  const tags = images.filter(({ digest }) => digest === undefined).length;
  return [
    ...(unseen.length === 0
      ? []
      : [
          `Images of charts are missing for ${unseen.join(", ")}: give --helm, and --charts where no repository is reached.`,
        ]),
    ...Object.entries(fieldsOf(failures)).map(([release, message]) => `Not rendered: ${release}: ${String(message)}`),
    ...(open.length === 0
      ? []
      : [`Charts without digest in the lock: ${open.join(", ")}; \`npm run charts -- --all --record\` adds them.`]),
    ...(tags === 0 ? [] : [`${tags} of ${images.length} images are named by a tag only.`]),
  ];
}
