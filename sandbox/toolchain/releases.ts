import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import * as tar from "tar";
import { InvalidInput } from "../../components/core/problem";
import { cachedArtifact, findArtifact, type ArtifactKey } from "./cache";
import type { Progress, Task } from "./progress";
import { hostPlatform, type Platform, type Tool } from "./tool";
import type { ToolchainOptions } from "./types";

/** A host that has not answered by then is not there; whoever has no internet must not wait for it. */
const PROBE_MS = 2_000;
const STALLED_MS = 30_000;
const PLATFORMS = ["linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64"];

/** Everything about one release, with the placeholders filled in. */
interface Located {
  readonly key: ArtifactKey;
  readonly url: string;
  readonly checksums: string;
  readonly file: string;
  readonly executable: string;
}

export type Download = { readonly path: string; readonly version: string };

/** One run has one progress; what it has learned of hosts holds for all that it asks for. */
const reachableIn = new WeakMap<Progress, Map<string, Promise<boolean>>>();

/** Official releases of tools, and which of their hosts can be reached in this run. */
export class Releases {
  private readonly reachable: Map<string, Promise<boolean>>;
  /** By URL: several tools can come out of one archive. */
  private readonly running = new Map<string, Promise<string>>();
  private readonly env: NodeJS.ProcessEnv;

  constructor(
    private readonly options: ToolchainOptions,
    private readonly platform: Platform = hostPlatform(),
  ) {
    this.env = options.env ?? process.env;
    this.reachable = reachableIn.get(options.progress) ?? new Map<string, Promise<boolean>>();
    reachableIn.set(options.progress, this.reachable);
  }

  /** One that was downloaded earlier. */
  async cached(name: string, tool: Tool): Promise<Download | undefined> {
    const located = this.locate(name, tool);
    if (located === undefined) return undefined;
    const directory = await findArtifact(located.key, this.options);
    if (directory === undefined) return undefined;
    return { path: path.join(directory, located.executable), version: located.key.version };
  }

  /** Whether there is one for this machine, on hosts that answer. */
  async offers(name: string, tool: Tool): Promise<boolean> {
    const located = this.locate(name, tool);
    if (located === undefined || !this.enabled()) return false;
    const hosts = [located.checksums, located.url].map((url) => this.answers(url));
    return (await Promise.all(hosts)).every(Boolean);
  }

  /**
   * @returns undefined when it cannot be had, which has been said.
   * @throws InvalidInput when what was downloaded is not what was published.
   */
  async download(name: string, tool: Tool): Promise<Download | undefined> {
    const located = this.locate(name, tool);
    if (located === undefined || !(await this.offers(name, tool))) return undefined;
    try {
      const directory = await (this.running.get(located.url) ?? this.fetchArtifact(located));
      return { path: path.join(directory, located.executable), version: located.key.version };
    } catch (error) {
      this.options.signal?.throwIfAborted();
      if (!(error instanceof Unavailable)) throw error;
      this.options.progress.say(`${name} ${located.key.version}: no release from ${error.message}`);
      return undefined;
    }
  }

  private fetchArtifact(located: Located): Promise<string> {
    const made = cachedArtifact(located.key, this.options, async (into, task) => {
      const sum = await this.checksum(located);
      const archive = path.join(task.scratch, located.file);
      await this.fetchTo(located.url, archive, sum, task);
      await install(archive, into, located);
    });
    this.running.set(located.url, made);
    return made;
  }

  private enabled(): boolean {
    return this.options.releases?.enabled ?? this.env["FIRMAMENT_RELEASES"] !== "off";
  }

  private locate(name: string, tool: Tool): Located | undefined {
    const { release } = tool;
    const { os, arch } = this.platform;
    if (release === undefined || !(release.platforms ?? PLATFORMS).includes(`${os}/${arch}`)) return undefined;
    const version = release.version ?? tool.version;
    const words: Readonly<Record<string, string>> = { version, os, arch, cpu: arch === "amd64" ? "x64" : arch };
    const fill = (text: string): string => text.replace(/\{(\w+)\}/g, (all, word: string) => words[word] ?? all);
    const mirror = this.mirror(name);
    const base = (mirror ?? release.base).replace(/\/+$/, "");
    const url = `${base}/${fill(release.file)}`;
    const file = path.posix.basename(url);
    const checksums = fill(release.checksums);
    return {
      key: {
        name: release.archive ?? name,
        version,
        inputs: ["release", fill(release.file), os, arch],
        label: `download ${release.archive ?? name} ${version}`,
        seconds: release.megabytes / 5,
      },
      url,
      checksums: !checksums.startsWith("https://") ? `${base}/${checksums}` : mirror ? `${url}.sha256` : checksums,
      file,
      executable: file.endsWith(".tar.gz") ? fill(release.executable ?? name) : name,
    };
  }

  private mirror(name: string): string | undefined {
    const variable = `FIRMAMENT_RELEASES_${name.toUpperCase().replace(/-/g, "_")}`;
    return this.options.releases?.baseUrls?.[name] || this.env[variable] || undefined;
  }

  private answers(url: string): Promise<boolean> {
    const { origin } = new URL(url);
    const known = this.reachable.get(origin);
    if (known !== undefined) return known;
    const probe = fetch(url, { method: "HEAD", redirect: "manual", signal: this.within(PROBE_MS) }).then(
      () => true,
      () => {
        this.options.signal?.throwIfAborted();
        this.options.progress.say(`${origin} does not answer: no releases from there in this run`);
        return false;
      },
    );
    this.reachable.set(origin, probe);
    return probe;
  }

  private async checksum({ checksums, file }: Located): Promise<string> {
    const response = await this.get(checksums);
    const text = await response.text().catch((error: unknown) => {
      this.options.signal?.throwIfAborted();
      throw new Unavailable(`${checksums}: ${reason(error)}`);
    });
    const sum = checksumOf(text, file);
    if (sum === undefined) throw new Unavailable(`${checksums}: it lists no SHA-256 of ${file}`);
    return sum;
  }

  private async fetchTo(url: string, file: string, expected: string, task: Task): Promise<void> {
    const stalled = new AbortController();
    const timer = setTimeout(() => stalled.abort(new Error("stalled")), STALLED_MS);
    const hash = createHash("sha256");
    try {
      const response = await this.get(url, stalled.signal);
      if (response.body === null) throw new Unavailable(`${url}: it is empty`);
      const total = Number(response.headers.get("content-length") ?? 0);
      let bytes = 0;
      const meter = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          timer.refresh();
          hash.update(chunk);
          bytes += chunk.length;
          task.note(total > 0 ? `${megabytes(bytes)} of ${megabytes(total)} MB` : `${megabytes(bytes)} MB`);
          done(null, chunk);
        },
      });
      await pipeline(Readable.from(chunks(response.body)), meter, fs.createWriteStream(file));
    } catch (error) {
      if (isDiskError(error) || error instanceof Unavailable) throw error;
      this.options.signal?.throwIfAborted();
      throw new Unavailable(`${url}: ${reason(error)}`);
    } finally {
      clearTimeout(timer);
    }
    const actual = hash.digest("hex");
    if (actual === expected) return;
    throw new InvalidInput("a downloaded tool", [
      {
        where: url,
        given: `SHA-256 ${actual}`,
        rule: `the published checksum is ${expected}`,
        fix: "nothing was installed; try again, and if it persists do not trust that host: set FIRMAMENT_RELEASES=off to build instead",
      },
    ]);
  }

  private async get(url: string, extra?: AbortSignal): Promise<Response> {
    const signals = [this.options.signal, extra ?? AbortSignal.timeout(STALLED_MS)].filter((s) => s !== undefined);
    let response: Response;
    try {
      response = await fetch(url, { signal: AbortSignal.any(signals) });
    } catch (error) {
      this.options.signal?.throwIfAborted();
      this.reachable.set(new URL(url).origin, Promise.resolve(false));
      throw new Unavailable(`${url}: ${reason(error)}`);
    }
    if (response.ok) return response;
    await response.body?.cancel();
    throw new Unavailable(`${url}: it answers ${response.status}`);
  }

  private within(ms: number): AbortSignal {
    const { signal } = this.options;
    return signal === undefined ? AbortSignal.timeout(ms) : AbortSignal.any([signal, AbortSignal.timeout(ms)]);
  }
}

/** There is another way to get the tool, so this is no error of the run. */
class Unavailable extends Error {}

/**
 * The SHA-256 of a file in what upstream publishes: lines of `sha256sum` (with or without paths and binary marks),
 * one bare sum, or a GitHub release with a digest per asset.
 */
export function checksumOf(text: string, file: string): string | undefined {
  if (text.trimStart().startsWith("{")) {
    const { assets = [] } = JSON.parse(text) as { assets?: { name?: string; digest?: string | null }[] };
    const digest = assets.find((asset) => asset.name === file)?.digest ?? "";
    return /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  }
  const lines = text.split("\n").map((line) => line.trim().split(/\s+/));
  const named = lines.find(([, name]) => name !== undefined && path.posix.basename(name.replace(/^\*/, "")) === file);
  const bare = lines.length > 0 && lines.every((words) => words.length === 1) ? lines[0] : undefined;
  const sum = (named ?? bare)?.[0]?.toLowerCase() ?? "";
  return /^[0-9a-f]{64}$/.test(sum) ? sum : undefined;
}

async function* chunks(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
}

async function install(archive: string, into: string, { file, executable, url }: Located): Promise<void> {
  const target = path.join(into, executable);
  if (file.endsWith(".tar.gz")) await tar.extract({ file: archive, cwd: into });
  else await fs.promises.rename(archive, target);
  if (!fs.existsSync(target)) throw new Unavailable(`${url}: it has no ${executable}`);
  await fs.promises.chmod(target, 0o755);
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}

function isDiskError(error: unknown): boolean {
  return ["ENOSPC", "EACCES", "EROFS", "EDQUOT"].includes((error as NodeJS.ErrnoException).code ?? "");
}

function reason(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code || message : message;
}
