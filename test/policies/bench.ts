/**
 * Time and memory of the pack on 2,000 Deployments of two containers each, printed as one JSON document:
 * `node dist/test/policies/bench.js`. Times are per resource; `first` includes what the runtime compiles on the way.
 */
import { performance } from "node:perf_hooks";

const COUNT = 2000;
const ROUNDS = 5;

async function main(): Promise<void> {
  const began = performance.now();
  const { evaluate } = await import("../../policies/evaluate.js");
  const load = performance.now() - began;
  const { container, deployment } = await import("../../policies/examples.js");
  const containers = [container(), container({ name: "side" })];
  const manifests = Array.from({ length: COUNT }, (_, index) => ({
    ...(JSON.parse(JSON.stringify(deployment({ containers }))) as object),
    metadata: { name: `web-${index}`, namespace: "shop" },
  }));
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    await evaluate({ resources: manifests });
    times.push((performance.now() - start) / COUNT);
  }
  const [first = 0, ...rest] = times;
  const median = rest.sort((a, b) => a - b)[Math.floor(rest.length / 2)] ?? first;
  const rounded = (value: number) => Number(value.toFixed(4));
  const megabytes = Math.round(process.memoryUsage().rss / 1e6);
  console.log(
    JSON.stringify({
      resources: COUNT,
      loadMs: Math.round(load),
      firstMs: rounded(first),
      medianMs: rounded(median),
      megabytes,
    }),
  );
}

void main();
