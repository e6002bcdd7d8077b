import * as fs from "node:fs/promises";
import * as path from "node:path";
import { parse } from "yaml";
import { InvalidInput, type Problem } from "../../core/problem";
import { archiveName, packChart, type PackedChart, placeChart, sha256, unpackFolder, writeIndex } from "./archive";
import {
  CHARTS_FOLDER,
  type ChartLock,
  LOCK_FILE,
  type LockedChart,
  lockedChart,
  type PinnedFile,
  readChartLock,
} from "./lock";
import { pullChart } from "./oci";
import { recordKeys } from "./record-keys";
import { adoptChart, wrapManifests } from "./wrap";

export interface VendorOptions {
  /** Directory of the project: its lock is read, its folder charts/ is written. */
  readonly root: string;
  /** Names of charts. Default: those that upstream has no repository for. */
  readonly charts?: readonly string[];
  /**
   * Whether to trust what is not pinned by a hash yet and write its hash to the lock, and the keys of its values beside
   * it, to be reviewed and committed. Without it, only what fits the lock is accepted.
   */
  readonly record?: boolean;
  /** Default: the global one. */
  readonly fetch?: typeof fetch;
}

/**
 * Fetches charts, or makes them from upstream's sources, into the project's folder of charts, which is a Helm
 * repository then: it can be installed from directly or be served as the mirror of an air-gapped site.
 *
 * @returns what is in the folder now, of what was asked for.
 * @throws InvalidInput with all charts that cannot be had or are not what the lock says; the others are written.
 */
export async function vendorCharts(options: VendorOptions): Promise<PackedChart[]> {
  const { root, record = false } = options;
  const lock = readChartLock(root);
  const names = options.charts ?? Object.keys(lock).filter((name) => lock[name]?.repository === undefined);
  const directory = path.join(root, CHARTS_FOLDER);
  await fs.mkdir(directory, { recursive: true });
  const vendor = new Vendor(options.fetch ?? fetch, record);

  const packed: PackedChart[] = [];
  for (const name of names) {
    const locked = lockedChart(lock, name);
    const archive = await vendor.chart(name, locked);
    if (archive === undefined) continue;
    packed.push(await placeChart(directory, name, locked.version, archive));
    if (record) await recordKeys(root, name, locked.version, archive);
  }
  await writeIndex(directory, await present(directory, lock));
  if (record) await writeLock(root, { ...lock, ...vendor.recorded });
  if (vendor.problems.length > 0) throw new InvalidInput("platform charts", vendor.problems);
  return packed;
}

/** One run; collects what goes wrong and what is learned. */
class Vendor {
  readonly problems: Problem[] = [];
  readonly recorded: Record<string, LockedChart> = {};

  constructor(
    private readonly get: typeof fetch,
    private readonly record: boolean,
  ) {}

  async chart(name: string, locked: LockedChart): Promise<Buffer | undefined> {
    try {
      const { archive, learned } = await this.make(name, locked);
      const digest = sha256(archive);
      this.check(`${name}.digest`, `chart ${name} ${locked.version}`, digest, locked.digest);
      this.recorded[name] = { ...learned, digest };
      return archive;
    } catch (error) {
      if (error instanceof Refused) this.problems.push(error.problem);
      else {
        const fix = "check the address and the network, and run the command again";
        const given = error instanceof Error ? `${error.message} ${causeOf(error)}`.trim() : String(error);
        this.problems.push({ where: name, given, rule: "must be fetched from its source", fix });
      }
      return undefined;
    }
  }

  private async make(name: string, locked: LockedChart): Promise<{ archive: Buffer; learned: LockedChart }> {
    if (locked.manifests !== undefined) {
      const files = await Promise.all(locked.manifests.map((file) => this.pinned(name, file)));
      const texts = files.map(({ content }) => content.toString("utf8"));
      const archive = await packChart(name, wrapManifests(name, locked, texts));
      return { archive, learned: { ...locked, manifests: files.map(({ pin }) => pin) } };
    }
    if (locked.archive !== undefined) {
      const { content, pin } = await this.pinned(name, locked.archive);
      const files = await unpackFolder(content, locked.archive.path);
      const archive = await packChart(name, adoptChart(locked, files));
      return { archive, learned: { ...locked, archive: { ...locked.archive, ...pin } } };
    }
    return { archive: await this.released(name, locked), learned: locked };
  }

  /** The archive that a repository serves, checked against the repository's own digest. */
  private async released(name: string, { repository = "", version }: LockedChart): Promise<Buffer> {
    if (repository.startsWith("oci://")) return await pullChart(`${repository}/${name}`, version, this.get);
    const base = repository.endsWith("/") ? repository : `${repository}/`;
    const index = parse((await this.fetched(new URL("index.yaml", base))).toString("utf8")) as {
      entries?: Record<string, { version: string; digest?: string; urls: string[] }[]>;
    };
    const entry = index.entries?.[name]?.find((candidate) => candidate.version === version);
    const url = entry?.urls[0];
    if (entry === undefined || url === undefined) throw new Error(`${base} has no ${name} ${version}`);
    const archive = await this.fetched(new URL(url, base));
    if (entry.digest !== undefined) this.check(name, url, sha256(archive), entry.digest);
    return archive;
  }

  private async pinned(name: string, file: PinnedFile): Promise<{ content: Buffer; pin: PinnedFile }> {
    const content = await this.fetched(new URL(file.url));
    const digest = sha256(content);
    if (file.sha256 === undefined && !this.record) {
      const rule = `its sha256 must be in ${LOCK_FILE}`;
      const fix = `compare it with upstream's, then run \`npm run charts -- --record ${name}\``;
      throw new Refused({ where: `${name} ${file.url}`, given: `sha256 ${digest}`, rule, fix });
    }
    this.check(name, file.url, digest, file.sha256);
    return { content, pin: { ...file, sha256: digest } };
  }

  private check(where: string, what: string, given: string, wanted: string | undefined): void {
    if (wanted === undefined || wanted === given) return;
    const rule = `must have sha256 ${wanted}`;
    const fix = "find out who changed it before it is installed";
    throw new Refused({ where: `${where} ${what}`, given: `sha256 ${given}`, rule, fix });
  }

  private async fetched(url: URL): Promise<Buffer> {
    const response = await this.get(url);
    if (!response.ok) throw new Error(`${url.href}: ${response.status} ${response.statusText}`);
    return Buffer.from(await response.arrayBuffer());
  }
}

class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.rule);
  }
}

function causeOf({ cause }: Error): string {
  return cause instanceof Error ? `(${cause.message})` : "";
}

/** Charts of the lock whose archives are in the folder: the index names nothing that is not there. */
async function present(directory: string, lock: ChartLock): Promise<PackedChart[]> {
  const found = await Promise.all(
    Object.entries(lock).map(async ([name, { version }]) => {
      const archive = await fs.readFile(path.join(directory, archiveName({ name, version }))).catch(() => undefined);
      return archive === undefined ? [] : [{ name, version, digest: sha256(archive) }];
    }),
  );
  return found.flat();
}

async function writeLock(root: string, lock: ChartLock): Promise<void> {
  await fs.writeFile(path.join(root, LOCK_FILE), `${JSON.stringify(lock, null, 2)}\n`);
}
