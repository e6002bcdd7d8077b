import * as fs from "node:fs";
import { billOfCloud } from "../bom/of-cloud";

export interface BomChoice {
  /** Directory of Pulumi.yaml. */
  readonly root: string;
  readonly helm?: string;
  readonly charts?: string;
  /** Default: the terminal. */
  readonly output?: string;
}

/** Writes the bill of materials of a cloud; what it does not know is said beside it. */
export async function bom(cloud: string, { root, helm, charts, output }: BomChoice): Promise<void> {
  const choice = { ...(helm === undefined ? {} : { helm }), ...(charts === undefined ? {} : { charts }) };
  const { text, gaps } = await billOfCloud(root, cloud, choice);
  if (output === undefined) process.stdout.write(`${text}\n`);
  else fs.writeFileSync(output, `${text}\n`);
  for (const gap of gaps) process.stderr.write(`${gap}\n`);
}
