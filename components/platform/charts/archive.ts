import { createHash } from "node:crypto";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { create, extract } from "tar";
import { manifestText } from "../../core/manifest-text";

/** Path inside a chart → content. */
export type ChartFiles = ReadonlyMap<string, string>;

/** A chart in a repository's folder, as `<name>-<version>.tgz`. */
export interface PackedChart {
  readonly name: string;
  readonly version: string;
  /** Hex sha256 of the archive. */
  readonly digest: string;
}

/** The same charts give the same bytes, whenever and wherever they are packed. */
const EPOCH = new Date("2024-01-01T00:00:00Z");

export const archiveName = ({ name, version }: Pick<PackedChart, "name" | "version">): string =>
  `${name}-${version}.tgz`;

export const sha256 = (content: Buffer): string => createHash("sha256").update(content).digest("hex");

/** A gzipped archive with everything in a folder of the chart's name, as Helm has it. */
export async function packChart(name: string, files: ChartFiles): Promise<Buffer> {
  return await inScratch(async (scratch) => {
    for (const [file, content] of files) {
      const target = path.join(scratch, name, file);
      await fs.mkdir(path.dirname(target), { recursive: true });
      await fs.writeFile(target, content);
    }
    const members = [...files.keys()].sort().map((file) => `${name}/${file}`);
    const target = path.join(scratch, "chart.tgz");
    await create({ cwd: scratch, file: target, gzip: true, portable: true, mtime: EPOCH }, members);
    return await fs.readFile(target);
  });
}

/** The files below one folder of a gzipped archive whose single top folder may have any name. */
export async function unpackFolder(archive: Buffer, folder: string): Promise<ChartFiles> {
  return await inScratch(async (scratch) => {
    const file = path.join(scratch, "archive.tgz");
    const content = path.join(scratch, "content");
    await fs.mkdir(content);
    await fs.writeFile(file, archive);
    await extract({ cwd: content, file, strip: 1, filter: (member) => member.includes(`/${folder}/`) });
    return await textsBelow(path.join(content, folder));
  });
}

/** The files of a packed chart; those of its dependencies, packed or not, below `charts/<name>/`. */
export async function unpackChart(archive: Buffer): Promise<ChartFiles> {
  return await inScratch(async (scratch) => {
    const file = path.join(scratch, "archive.tgz");
    const content = path.join(scratch, "content");
    await fs.mkdir(content);
    await fs.writeFile(file, archive);
    await extract({ cwd: content, file, strip: 1 });
    const charts = path.join(content, "charts");
    for (const packed of (await fs.readdir(charts).catch(() => [])).filter((name) => name.endsWith(".tgz"))) {
      await extract({ cwd: charts, file: path.join(charts, packed) });
      await fs.rm(path.join(charts, packed));
    }
    return await textsBelow(content);
  });
}

async function textsBelow(root: string): Promise<ChartFiles> {
  const entries = await fs.readdir(root, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .sort();
  const texts = names.map(async (name) => [name, await fs.readFile(path.join(root, name), "utf8")] as const);
  return new Map(await Promise.all(texts));
}

/** Puts an archive into a repository's folder; it appears whole, so that a folder that is being served can be written. */
export async function placeChart(
  directory: string,
  name: string,
  version: string,
  archive: Buffer,
): Promise<PackedChart> {
  await replaceFile(path.join(directory, archiveName({ name, version })), archive);
  return { name, version, digest: sha256(archive) };
}

/** Writes the index that makes a folder of charts a Helm repository. Without URL, archives are found beside the index. */
export async function writeIndex(directory: string, charts: readonly PackedChart[], baseUrl?: string): Promise<void> {
  const prefix = baseUrl === undefined ? "" : `${baseUrl.replace(/\/+$/, "")}/`;
  const entries = charts.map(({ name, version, digest }) => {
    const urls = [`${prefix}${archiveName({ name, version })}`];
    return [name, [{ apiVersion: "v2", name, version, created: EPOCH.toISOString(), digest, urls }]] as const;
  });
  const index = { apiVersion: "v1", generated: EPOCH.toISOString(), entries: Object.fromEntries(entries) };
  await replaceFile(path.join(directory, "index.yaml"), manifestText(index));
}

async function replaceFile(file: string, content: string | Buffer): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  await fs.writeFile(temporary, content);
  await fs.rename(temporary, file);
}

async function inScratch<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const scratch = await fs.mkdtemp(path.join(os.tmpdir(), "firmament-chart-"));
  try {
    return await work(scratch);
  } finally {
    await fs.rm(scratch, { recursive: true, force: true });
  }
}
