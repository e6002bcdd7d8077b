import { evaluate, parseManifests } from "../policies";
import * as fs from "node:fs";
import * as path from "node:path";
import { performance } from "node:perf_hooks";

const WARM_ROUNDS = 5;

/** What one process of its own measures: milliseconds per resource, and memory with all of them loaded. */
export interface Evaluation {
  /** The first time: the runtime compiles on the way. */
  readonly cold: number;
  /** Median of the times after it. */
  readonly warm: number;
  readonly residentMiB: number;
  readonly findings: number;
}

/** Evaluates the manifests of a folder, prints what it took as JSON: `node bench-evaluate.js <folder>`. */
async function main(folder: string): Promise<void> {
  const resources = fs
    .readdirSync(folder)
    .flatMap((file) => parseManifests(fs.readFileSync(path.join(folder, file), "utf8")));
  let findings = 0;
  const once = async () => {
    const start = performance.now();
    findings = (await evaluate({ resources })).length;
    return (performance.now() - start) / resources.length;
  };
  const cold = await once();
  const warm: number[] = [];
  for (let round = 0; round < WARM_ROUNDS; round++) warm.push(await once());
  warm.sort((a, b) => a - b);
  const evaluation: Evaluation = {
    cold,
    warm: warm[Math.floor(WARM_ROUNDS / 2)] ?? cold,
    residentMiB: process.memoryUsage().rss / 2 ** 20,
    findings,
  };
  process.stdout.write(JSON.stringify(evaluation));
}

if (require.main === module) void main(process.argv[2] ?? ".");
