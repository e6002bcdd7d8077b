import { createHash } from "node:crypto";
import { appendFileSync } from "node:fs";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { cacheDirectory } from "../../../components/core/cache-directory";
import { lock, tryLock } from "./file-lock";
import { startTime } from "./process-identity";
import type { Task } from "./progress";
import { killGroup, run, type Finished, type RunOptions } from "./run";
import type { ToolchainOptions } from "./types";

/** What an artifact is: the same key always means the same content. */
export interface ArtifactKey {
  readonly name: string;
  readonly version: string;
  /** Everything else that decides the content: flags, hashes of sources, platform. */
  readonly inputs: readonly string[];
  /** Estimate of making it. */
  readonly seconds?: number;
  /** What making it is called in front of people. Default: "make <name> <version>". */
  readonly label?: string;
}

/** A task that may run programs and leave rubbish. */
export interface MakeTask extends Task {
  /** For temporary files, on the disk of the cache; gone afterwards, even if this process is killed. */
  readonly scratch: string;
  readonly signal: AbortSignal | undefined;
  /** Runs a program that ends with the task, or, if this process is killed, before the next attempt. */
  run(file: string, args: readonly string[], options?: Omit<RunOptions, "signal" | "onStart">): Promise<Finished>;
}

/** Outlives every version somebody still switches between. */
const UNUSED_FOR_MS = 60 * 24 * 3600 * 1000;

/**
 * A directory made once per content and kept outside the checkout. Made by one process while others wait, in a
 * temporary directory that is renamed when it is complete: what is found is complete, even if a process was killed meanwhile.
 *
 * @param make fills the directory it is given.
 * @returns the absolute path of the directory, which is read-only.
 * @throws what make throws; nothing is kept then.
 */
export async function cachedArtifact(
  key: ArtifactKey,
  options: ToolchainOptions,
  make: (directory: string, task: MakeTask) => Promise<void>,
): Promise<string> {
  const found = await findArtifact(key, options);
  if (found !== undefined) return found;
  const cache = cacheOf(options);
  const target = artifactPath(cache, key);
  const id = artifactId(key);
  for (const folder of ["locks", "tmp", path.join("artifacts", key.name)]) {
    await fs.mkdir(path.join(cache, folder), { recursive: true });
  }
  const label = key.label ?? `make ${key.name} ${key.version}`;
  const release = await lock(lockPath(cache, id), {
    signal: options.signal,
    onWait: (owner) => options.progress.say(`${label}: ${owner} is at it already, waiting for it`),
  });
  try {
    const made = await findArtifact(key, options);
    if (made !== undefined) return made;
    await sweep(cache, id);
    const temporary = await fs.mkdtemp(path.join(cache, "tmp", `${id}.`));
    const task = options.progress.start(label, key.seconds);
    try {
      const content = path.join(temporary, "content");
      const scratch = path.join(temporary, "scratch");
      await fs.mkdir(content);
      await fs.mkdir(scratch);
      await make(content, makeTask(task, temporary, scratch, options.signal));
      await flush(content);
      await fs.rename(content, target);
      task.done();
    } catch (error) {
      task.fail();
      throw error;
    } finally {
      await fs.rm(temporary, { recursive: true, force: true });
    }
    await dropUnused(path.dirname(target));
    return target;
  } finally {
    await release();
  }
}

/** The artifact, if it has been made. */
export async function findArtifact(
  key: ArtifactKey,
  options: Pick<ToolchainOptions, "cacheDir" | "env">,
): Promise<string | undefined> {
  const target = artifactPath(cacheOf(options), key);
  try {
    const now = new Date();
    // marks it as used for dropUnused; fails when there is none
    await fs.utimes(target, now, now);
    return target;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    // a cache that may only be read, in an image for instance, serves as well
    return (await fs.stat(target).catch(() => undefined)) === undefined ? undefined : target;
  }
}

/** Where the tools and artifacts of these options are. */
export function cacheOf({ cacheDir, env }: Pick<ToolchainOptions, "cacheDir" | "env">): string {
  return cacheDir === undefined ? cacheDirectory(env) : path.resolve(cacheDir);
}

function artifactId({ name, version, inputs }: ArtifactKey): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([name, version, inputs]))
    .digest("hex")
    .slice(0, 16);
  return `${name}-${version.replace(/[^\w.-]/g, "_")}-${hash}`;
}

function artifactPath(cache: string, key: ArtifactKey): string {
  return path.join(cache, "artifacts", key.name, artifactId(key).slice(key.name.length + 1));
}

function lockPath(cache: string, id: string): string {
  return path.join(cache, "locks", `${id}.lock`);
}

function makeTask(task: Task, temporary: string, scratch: string, signal: AbortSignal | undefined): MakeTask {
  const children = path.join(temporary, "children");
  return {
    ...task,
    scratch,
    signal,
    run: (file, args, options) =>
      run(file, args, {
        ...options,
        signal,
        onStart: (pid) => record(children, pid),
      }),
  };
}

/** At once: a process that is killed in the next moment would leave its compiler to nobody. */
function record(children: string, pid: number): void {
  try {
    appendFileSync(children, `${pid} ${startTime(pid) ?? ""}\n`);
  } catch {
    // on a full disk the compiler fails by itself
  }
}

/** Removes what killed makers left, and ends what they had started. Whose lock can be had is dead. */
async function sweep(cache: string, mine: string): Promise<void> {
  const root = path.join(cache, "tmp");
  for (const entry of await fs.readdir(root)) {
    const id = entry.slice(0, entry.lastIndexOf("."));
    const release = id === mine ? undefined : await tryLock(lockPath(cache, id));
    if (typeof release === "object") continue;
    await endLeftovers(path.join(root, entry, "children"));
    await fs.rm(path.join(root, entry), { recursive: true, force: true }).catch(() => undefined);
    await release?.();
  }
}

async function endLeftovers(file: string): Promise<void> {
  const lines = (await fs.readFile(file, "utf8").catch(() => "")).split("\n");
  for (const line of lines) {
    const space = line.indexOf(" ");
    const pid = Number(line.slice(0, space));
    if (space > 0 && startTime(pid) === line.slice(space + 1)) killGroup(pid, "SIGKILL");
  }
}

/** A rename can reach the disk before the content does; then a power cut leaves an empty file under the final name. */
async function flush(directory: string): Promise<void> {
  for (const entry of await fs.readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const handle = await fs.open(path.join(entry.parentPath, entry.name), "r");
    await handle.sync().finally(() => handle.close());
  }
}

async function dropUnused(directory: string): Promise<void> {
  for (const entry of await fs.readdir(directory)) {
    const artifact = path.join(directory, entry);
    const stat = await fs.stat(artifact).catch(() => undefined);
    if (stat === undefined || Date.now() - stat.mtimeMs < UNUSED_FOR_MS) continue;
    await fs.rm(artifact, { recursive: true, force: true }).catch(() => undefined);
  }
}
