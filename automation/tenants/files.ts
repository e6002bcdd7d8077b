import * as fs from "node:fs";
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

/**
 * Runs `work` while no other command does so with the same file, which need not exist. A process that was killed holds
 * nothing.
 *
 * @throws InvalidInput when one is at work.
 */
export async function exclusively<T>(file: string, work: () => T | Promise<T>): Promise<T> {
  const lock = `${file}.lock`;
  if (!taken(lock)) {
    const owner = fs.readFileSync(lock, "utf8");
    const rule = "must be changed by one command at a time";
    const fix = `wait for process ${owner}; if there is none, remove ${lock}`;
    throw new InvalidInput("the inventory", [{ where: file, given: `process ${owner}`, rule, fix }]);
  }
  try {
    return await work();
  } finally {
    fs.rmSync(lock, { force: true });
  }
}

function taken(lock: string): boolean {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      fs.writeFileSync(lock, String(process.pid), { flag: "wx" });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      if (runs(Number(fs.readFileSync(lock, "utf8")))) return false;
      fs.rmSync(lock, { force: true });
    }
  }
  return false;
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
