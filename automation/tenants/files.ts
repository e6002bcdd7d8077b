import * as fs from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { InvalidInput } from "../../components/core/problem";

/** A file as it shall be; without text it is removed. */
export interface Change {
  readonly file: string;
  readonly text: string | undefined;
}

/**
 * Makes all changes or none: each new text is whole beside its file before the first one takes its place, and what was
 * replaced comes back when one of them fails.
 */
export function writeTogether(changes: readonly Change[]): void {
  const before = changes.map(({ file }) => ({
    file,
    text: fs.existsSync(file) ? fs.readFileSync(file, "utf8") : undefined,
  }));
  const done: Change[] = [];
  try {
    for (const { file, text } of changes) if (text !== undefined) fs.writeFileSync(beside(file), text);
    for (const [index, change] of changes.entries()) {
      done.push(before[index] ?? change);
      if (change.text === undefined) fs.rmSync(change.file, { force: true });
      else fs.renameSync(beside(change.file), change.file);
    }
  } catch (error) {
    for (const { file, text } of done) {
      if (text === undefined) fs.rmSync(file, { force: true });
      else fs.writeFileSync(file, text);
    }
    throw error;
  } finally {
    for (const { file } of changes) fs.rmSync(beside(file), { force: true });
  }
}

/** How long a command waits for another one: such work takes seconds. */
const PATIENCE = 30_000;

/**
 * Runs `work` while no other command does so with the same file, which need not exist: waits for one that is at work. A
 * process that was killed holds nothing.
 *
 * @param patience how long it waits, in milliseconds
 * @throws InvalidInput when the other one is still at work then.
 */
export async function exclusively<T>(file: string, work: () => T | Promise<T>, patience = PATIENCE): Promise<T> {
  const lock = `${file}.lock`;
  const deadline = Date.now() + patience;
  for (let owner = take(lock); owner !== undefined; owner = take(lock)) {
    if (Date.now() >= deadline) {
      const rule = "must be changed by one command at a time";
      const fix = `wait for process ${owner}; if there is none, remove ${lock}`;
      throw new InvalidInput("the inventory", [{ where: file, given: `process ${owner}`, rule, fix }]);
    }
    await sleep(50);
  }
  try {
    return await work();
  } finally {
    fs.rmSync(lock, { force: true });
  }
}

/** Takes a lock. @returns the process that has it; nothing when it is ours. */
function take(lock: string): string | undefined {
  for (;;) {
    try {
      fs.writeFileSync(lock, String(process.pid), { flag: "wx" });
      return undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const owner = ownerOf(lock);
    // an owner that has not written its number yet is one
    if (owner === "" || (owner !== undefined && runs(Number(owner)))) return owner;
    if (owner !== undefined) fs.rmSync(lock, { force: true });
  }
}

/** The process in a lock; nothing when the lock is gone meanwhile. */
function ownerOf(lock: string): string | undefined {
  try {
    return fs.readFileSync(lock, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return undefined;
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function beside(file: string): string {
  return `${file}.new`;
}
