import * as fs from "node:fs";
import * as path from "node:path";
import { lock } from "proper-lockfile";

/** A command that was killed is taken for dead after this long. */
const STALE_MS = 5000;

/**
 * Runs `work` while no other command works on the sandbox in `directory`. A command that is already at work is waited
 * for, and said.
 */
export async function exclusively<T>(
  directory: string,
  command: string,
  say: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  fs.mkdirSync(directory, { recursive: true });
  // beside the directory, which `destroy` removes
  const lockfilePath = `${directory.replace(/\/+$/, "")}.lock`;
  const holder = path.join(directory, "command.json");
  const options = { lockfilePath, stale: STALE_MS, update: 1000 };
  const release = await lock(directory, options).catch(() => {
    say(`waiting for ${whoHolds(holder)}, which works on this sandbox`);
    const patience = { forever: true, minTimeout: 300, maxTimeout: 300, factor: 1 };
    return lock(directory, { ...options, retries: patience });
  });
  fs.writeFileSync(holder, JSON.stringify({ command, pid: process.pid }));
  try {
    return await work();
  } finally {
    await release();
  }
}

function whoHolds(file: string): string {
  try {
    const { command, pid } = JSON.parse(fs.readFileSync(file, "utf8")) as { command: string; pid: number };
    return `\`${command}\` (pid ${pid})`;
  } catch {
    return "another command";
  }
}
