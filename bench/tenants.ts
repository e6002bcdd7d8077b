import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { performance } from "node:perf_hooks";
import { PACKAGE_ROOT } from "../components/core/package-root";
import { checked } from "../components/core/checked";
import { table } from "../sandbox/report";
import { allocate } from "../stacks/inventory/allocate";
import { inventoryContradictions } from "../stacks/inventory/contradictions";
import { inventorySchema } from "../stacks/inventory/schema";
import { cellsOf, figure, HEAD } from "./figures";
import { writeFleet } from "./inputs";
import { measure } from "./measure";
import type { Preview } from "./preview";

const SIZES = [1, 10, 50, 200] as const;
const [FEWEST, MOST] = [SIZES[0], SIZES[3]];
const ALLOCATED = 1000;

/**
 * Measures what grows with the number of tenants of a cloud: plans and previews of their clusters, and the networks that an
 * inventory gives. All numbers of tenants are measured in each round, in a process of their own.
 *
 * @returns the table to print.
 */
export async function benchTenants(rounds: number): Promise<string> {
  const sizes = SIZES.map((tenants) => ({
    tenants,
    planned: figure(`planned, ${tenants} tenants`, "ms/tenant"),
    previewed: figure(`previewed, ${tenants} tenants`, "ms/tenant"),
    memory: figure(`peak memory of that, ${tenants} tenants`, "MiB"),
  }));
  const plannedFlat = figure(`planned, per tenant, ${MOST} / ${FEWEST}`, "ratio", 1.5);
  const previewedFlat = figure(`previewed, per tenant, ${MOST} / ${FEWEST}`, "ratio", 1.5);
  const memoryFlat = figure(`peak memory, ${MOST} tenants / ${FEWEST}`, "ratio", 1.5);
  const allocation = figure(`networks for ${ALLOCATED} tenants, one after the other`, "s", 5);
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-bench-"));
  try {
    for (const { tenants } of sizes) writeFleet(PACKAGE_ROOT, path.join(scratch, String(tenants)), tenants);
    for (let round = 1; round <= rounds; round++) {
      process.stderr.write(`round ${round} of ${rounds}\n`);
      const measured = new Map<number, { readonly preview: Preview; readonly peakMiB: number }>();
      for (const { tenants, planned, previewed, memory } of sizes) {
        const result = await previewOf(path.join(scratch, String(tenants)), tenants);
        measured.set(tenants, result);
        planned.values.push(result.preview.planned);
        previewed.values.push(result.preview.previewed);
        memory.values.push(result.peakMiB);
      }
      const [few, many] = [measured.get(FEWEST), measured.get(MOST)];
      if (few === undefined || many === undefined) throw new Error("nothing was measured");
      plannedFlat.values.push(many.preview.planned / few.preview.planned);
      previewedFlat.values.push(many.preview.previewed / few.preview.previewed);
      memoryFlat.values.push(many.peakMiB / few.peakMiB);
      allocation.values.push(secondsToAllocate(ALLOCATED));
    }
    const each = sizes.flatMap(({ planned, previewed, memory }) => [planned, previewed, memory]);
    const rows = [...each, plannedFlat, previewedFlat, memoryFlat, allocation].map(cellsOf);
    return `${os.cpus().length} cores, ${rounds} rounds, tenants like the sandbox's globex\n\n${table(HEAD, rows)}`;
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}

async function previewOf(root: string, tenants: number): Promise<{ preview: Preview; peakMiB: number }> {
  const script = path.join(__dirname, "preview.js");
  const { stdout, peakMiB } = await measure(process.execPath, [script, root, String(tenants)], [0]);
  const preview = previewIn(stdout);
  if (preview.tenants !== tenants) throw new Error(`${preview.tenants} tenants were previewed — must be ${tenants}`);
  return { preview, peakMiB };
}

/** What a process has measured: its last line, after what the programs say of their tenants. */
export function previewIn(stdout: string): Preview {
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as Preview;
}

/** From an empty inventory, each tenant beside those before it. */
export function secondsToAllocate(tenants: number): number {
  const pools = {
    podCidr: { networks: ["10.128.0.0/9"], prefix: 19 },
    serviceCidr: { networks: ["10.64.0.0/12"], prefix: 22 },
    apiAddress: { networks: ["198.18.0.0/15"] },
  };
  const started = performance.now();
  let inventory = checked(inventorySchema, { pools }, { what: "inventory", fix: "correct it" });
  for (let index = 0; index < tenants; index++) inventory = allocate(inventory, `t${index}`, { address: true });
  if (inventoryContradictions(inventory).length > 0) throw new Error("the inventory contradicts itself");
  return (performance.now() - started) / 1000;
}
