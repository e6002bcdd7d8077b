import { randomBytes } from "node:crypto";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { startTime } from "./process-identity";

export interface LockOptions {
  /** Called once when another process holds the lock. */
  readonly onWait?: (owner: string) => void;
  readonly signal?: AbortSignal | undefined;
}

const POLL_MS = 200;
const HEARTBEAT_MS = 5_000;
/** Only for locks of other machines on a shared file system: here the process itself is asked. */
const SILENT_TOO_LONG_MS = 60_000;

/**
 * Takes a lock between processes; waits for the process that has it. A lock whose process is gone counts for nothing, so a
 * killed holder does not block the next one.
 *
 * The lock saves doing work twice. What it guards must be safe without it, since a file system cannot promise that
 * two processes never take over the same dead lock in the same instant.
 *
 * @returns a function that gives it back.
 */
export async function lock(file: string, options: LockOptions = {}): Promise<() => Promise<void>> {
  let reported = false;
  for (;;) {
    options.signal?.throwIfAborted();
    const release = await tryLock(file);
    if (typeof release === "function") return release;
    if (!reported) options.onWait?.(`process ${release.pid} on ${release.host}`);
    reported = true;
    await sleep(POLL_MS, undefined, { signal: options.signal });
  }
}

interface Owner {
  readonly pid: number;
  readonly host: string;
  readonly started: string;
  readonly nonce: string;
}

/** @returns how to give it back, or who has it. */
export async function tryLock(file: string): Promise<(() => Promise<void>) | Owner> {
  const nonce = randomBytes(6).toString("hex");
  const owner: Owner = { pid: process.pid, host: os.hostname(), started: startTime(process.pid) ?? "", nonce };
  const draft = `${file}.${nonce}`;
  await fs.writeFile(draft, JSON.stringify(owner));
  try {
    // a link appears with its content or not at all, and only once
    for (let attempt = 0; attempt < 3; attempt++) {
      if (await link(draft, file)) return hold(file, owner);
      const other = await read(file);
      if (other !== undefined && (await alive(file, other))) return other;
      if (other !== undefined) await takeAway(file, other);
    }
    return (await read(file)) ?? owner;
  } finally {
    await fs.rm(draft, { force: true });
  }
}

function hold(file: string, owner: Owner): () => Promise<void> {
  const heartbeat = setInterval(() => {
    const now = new Date();
    fs.utimes(file, now, now).catch(() => undefined);
  }, HEARTBEAT_MS).unref();
  return async () => {
    clearInterval(heartbeat);
    if ((await read(file))?.nonce === owner.nonce) await fs.rm(file, { force: true });
  };
}

async function alive(file: string, owner: Owner): Promise<boolean> {
  if (owner.host === os.hostname()) return startTime(owner.pid) === owner.started;
  const stat = await fs.stat(file).catch(() => undefined);
  return stat !== undefined && Date.now() - stat.mtimeMs < SILENT_TOO_LONG_MS;
}

/** Removes a dead lock, unless somebody else has replaced it since it was read. */
async function takeAway(file: string, dead: Owner): Promise<void> {
  const aside = `${file}.${dead.nonce}.dead`;
  try {
    await fs.rename(file, aside);
  } catch {
    return;
  }
  const moved = await read(aside);
  if (moved !== undefined && moved.nonce !== dead.nonce) await link(aside, file);
  await fs.rm(aside, { force: true });
}

async function link(from: string, to: string): Promise<boolean> {
  try {
    await fs.link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function read(file: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await fs.readFile(file, "utf8")) as Owner;
  } catch {
    return undefined;
  }
}
