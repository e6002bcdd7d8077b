import { createHash } from "node:crypto";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { create } from "tar";
import { stringify } from "yaml";
import { lockedChart, readChartLock } from "../../components/platform/lock";
import { chartFiles, type ChartFiles, type NamedText } from "./chart-files";
import { kept } from "./crd-text";
import { STAND_IN_CHARTS, type StandInChart } from "./stand-in-charts";

/** The checkout: this file runs from dist/sandbox/charts. */
const ROOT = path.resolve(__dirname, "../../..");

/** The same charts give the same bytes, whenever and wherever they are packed. */
const EPOCH = new Date("2024-01-01T00:00:00Z");

/**
 * Writes a Helm repository with a stand-in for every chart of the lock, by its name and version.
 *
 * Reproducible: the same lock and bundle give the same archives and digests. Files appear whole, index last, so that a
 * repository that is being served can be written over.
 *
 * @param directory where index.yaml and the archives go; made if it is not there.
 * @param crds the bundle of `crdBundle`.
 * @param baseUrl URL that the directory is served at.
 */
export async function writeChartRepository(directory: string, crds: string, baseUrl: string): Promise<void> {
  const lock = readChartLock(ROOT);
  await fs.mkdir(directory, { recursive: true });
  const scratch = await fs.mkdtemp(path.join(os.tmpdir(), "firmament-charts-"));
  try {
    const charts = await Promise.all(
      Object.entries(STAND_IN_CHARTS).map(async ([name, chart]) => {
        const { version } = lockedChart(lock, name);
        const files = chartFiles(name, version, chart, await crdTexts(chart, crds));
        const archive = await pack(name, files, scratch);
        const file = `${name}-${version}.tgz`;
        await replace(path.join(directory, file), archive);
        const digest = createHash("sha256").update(archive).digest("hex");
        return { name, version, file, digest };
      }),
    );
    const url = baseUrl.replace(/\/+$/, "");
    const entries = charts.map(({ name, version, file, digest }) => [
      name,
      [{ apiVersion: "v2", name, version, created: EPOCH.toISOString(), digest, urls: [`${url}/${file}`] }],
    ]);
    const index = { apiVersion: "v1", generated: EPOCH.toISOString(), entries: Object.fromEntries(entries) as object };
    await replace(path.join(directory, "index.yaml"), stringify(index, { lineWidth: 0 }));
  } finally {
    await fs.rm(scratch, { recursive: true, force: true });
  }
}

async function crdTexts({ crds: placement }: StandInChart, bundle: string): Promise<NamedText[]> {
  if (placement === undefined) return [];
  const directory = path.join(bundle, placement.component);
  const names = (await fs.readdir(directory)).filter((name) => name.startsWith("crd-")).sort();
  return await Promise.all(
    names.map(async (name) => {
      const text = await fs.readFile(path.join(directory, name), "utf8");
      return { name, text: placement.place === "kept" ? kept(text) : text };
    }),
  );
}

/** A gzipped archive with everything in a folder of the chart's name, as Helm has it. */
async function pack(name: string, files: ChartFiles, scratch: string): Promise<Buffer> {
  for (const [file, content] of files) {
    const target = path.join(scratch, name, file);
    await fs.mkdir(path.dirname(target), { recursive: true });
    await fs.writeFile(target, content);
  }
  const members = [...files.keys()].sort().map((file) => `${name}/${file}`);
  const target = path.join(scratch, `${name}.tgz`);
  await create({ cwd: scratch, file: target, gzip: true, portable: true, mtime: EPOCH }, members);
  return await fs.readFile(target);
}

async function replace(file: string, content: string | Buffer): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  await fs.writeFile(temporary, content);
  await fs.rename(temporary, file);
}
