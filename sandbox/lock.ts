import * as fs from "node:fs";
import * as path from "node:path";
import { lock } from "./offline/toolchain/file-lock";

/**
 * Runs `work` while no other command works on the sandbox in `directory`. A command that is already at work is waited
 * for, and said; one that was killed holds nothing.
 */
export async function exclusively<T>(
  directory: string,
  say: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  fs.mkdirSync(path.dirname(directory), { recursive: true });
  // beside the directory, which `destroy` removes
  const release = await lock(`${path.resolve(directory)}.lock`, {
    onWait: (owner) => say(`waiting for ${owner}, which works on this sandbox`),
  });
  try {
    return await work();
  } finally {
    await release();
  }
}
