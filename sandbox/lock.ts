import * as fs from "node:fs";
import * as path from "node:path";
import { lock } from "./offline/toolchain/file-lock";

/**
 * Runs `work` while no other command works on the sandbox in `directory`. A command that is already at work is waited
 * for and logged; one that was killed holds nothing.
 */
export async function exclusively<T>(
  directory: string,
  log: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  fs.mkdirSync(path.dirname(directory), { recursive: true });
  // beside the directory, which `destroy` removes
  const release = await lock(`${path.resolve(directory)}.lock`, {
    onWait: (owner) => log(`waiting for ${owner}, which works on this sandbox`),
  });
  try {
    return await work();
  } finally {
    await release();
  }
}
