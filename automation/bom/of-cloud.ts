import { fieldsOf } from "../../components/core/fields";
import { PACKAGE_ROOT } from "../../components/core/package-root";
import { InvalidInput } from "../../components/core/problem";
import { readChartLock } from "../../components/platform/charts/lock";
import { rendering, type RenderChoice } from "../check/releases";
import { runCloud } from "../check/run-cloud";
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
  const runs = await runCloud(root, cloud, "bom");
  if (runs.length === 0) {
    const rule = "must have stack files";
    throw new InvalidInput("bom", [{ where: cloud, given: "no stacks", rule, fix: "name a cloud that has some" }]);
  }

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
