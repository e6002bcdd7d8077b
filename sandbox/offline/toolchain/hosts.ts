import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Progress, Task } from "./progress";
import type { ToolchainOptions } from "./types";

/** A host that has not answered by then counts as unreachable: machines without internet must not wait for it. */
const PROBE_MS = 2_000;
const STALLED_MS = 30_000;

/** There is another way to get the tool, so this is no error of the run. */
export class Unavailable extends Error {}

/** One run has one progress; what it has learned of hosts holds for all that it asks for. */
const reachableIn = new WeakMap<Progress, Map<string, Promise<boolean>>>();

/** HTTP hosts, which of them answer in this run, and what they have. */
export class Hosts {
  private readonly reachable: Map<string, Promise<boolean>>;

  constructor(private readonly options: Pick<ToolchainOptions, "progress" | "signal">) {
    this.reachable = reachableIn.get(options.progress) ?? new Map<string, Promise<boolean>>();
    reachableIn.set(options.progress, this.reachable);
  }

  /** Asked once per host. */
  answers(url: string): Promise<boolean> {
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

  /** @throws Unavailable. */
  async text(url: string): Promise<string> {
    const response = await this.get(url);
    return response.text().catch((error: unknown) => {
      this.options.signal?.throwIfAborted();
      throw new Unavailable(`${url}: ${reason(error)}`);
    });
  }

  /** @returns its SHA-256. @throws Unavailable. */
  async save(url: string, file: string, task: Task): Promise<string> {
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
    return hash.digest("hex");
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

async function* chunks(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
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
