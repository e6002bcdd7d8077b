import * as fs from "node:fs/promises";
import * as path from "node:path";
import { fieldsOf } from "../../core/fields";
import { archiveName, unpackChart } from "./archive";
import { deriveKeys } from "./derive-keys";
import { type ChartKeys, type KeyRecord, keysFile, readKeys } from "./keys";
import { type ChartLock, lockedChart, readChartLock } from "./lock";

/** Writes the keys of a chart's values, as its archive has them, to the project. */
export async function recordKeys(root: string, chart: string, version: string, archive: Buffer): Promise<void> {
  const record: KeyRecord = { chart, version, keys: sorted(deriveKeys(await unpackChart(archive))) };
  const file = keysFile(root, chart);
  await fs.mkdir(path.dirname(file), { recursive: true });
  await fs.writeFile(file, recordText(record));
}

/**
 * Records the keys of charts whose archives, `<chart>-<version>.tgz`, are in a folder: for machines that reach no
 * repository. Nothing is installed from there, so that no digest is asked for or pinned.
 *
 * @returns charts whose keys were recorded.
 */
export async function recordKeysFrom(root: string, folder: string): Promise<string[]> {
  const recorded: string[] = [];
  for (const [name, { version }] of Object.entries(readChartLock(root))) {
    const archive = await fs.readFile(path.join(folder, archiveName({ name, version }))).catch(() => undefined);
    if (archive === undefined) continue;
    await recordKeys(root, name, version, archive);
    recorded.push(name);
  }
  return recorded;
}

/** Charts of the lock whose keys are not recorded in their version: what is unknown in their values goes unseen. */
export function chartsWithoutKeys(root: string, lock: ChartLock = readChartLock(root)): string[] {
  return Object.keys(lock).filter((name) => readKeys(root, name, lockedChart(lock, name)) === undefined);
}

/** A line for each key at the top: a change shows where it is, and a chart is not thousands of lines. */
function recordText({ chart, version, keys }: KeyRecord): string {
  const lines = Object.entries(fieldsOf(keys)).map(
    ([key, inner]) => `  ${JSON.stringify(key)}: ${JSON.stringify(inner)}`,
  );
  const head = `{"chart": ${JSON.stringify(chart)}, "version": ${JSON.stringify(version)}, "keys": {`;
  return lines.length === 0 ? `${head}}}\n` : `${head}\n${lines.join(",\n")}\n}}\n`;
}

function sorted(keys: ChartKeys): ChartKeys {
  if (typeof keys === "string") return keys;
  const entries = Object.entries(keys).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
