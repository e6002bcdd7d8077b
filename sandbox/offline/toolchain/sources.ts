import { createHash } from "node:crypto";
import * as fs from "node:fs/promises";
import * as path from "node:path";

/**
 * Hash of everything in a Go module that can change what is built from it: its files without tests, and the modules
 * on this disk that its go.mod replaces others with.
 *
 * @param directory absolute path of the folder of go.mod.
 */
export async function moduleHash(directory: string): Promise<string> {
  const hash = createHash("sha256");
  await addModule(hash, directory, new Set());
  return hash.digest("hex");
}

async function addModule(hash: ReturnType<typeof createHash>, directory: string, seen: Set<string>): Promise<void> {
  if (seen.has(directory)) return;
  seen.add(directory);
  for (const file of await filesOf(directory)) {
    const content = createHash("sha256").update(await fs.readFile(path.join(directory, file)));
    hash.update(`${file}\0${content.digest("hex")}\n`);
  }
  const goMod = await fs.readFile(path.join(directory, "go.mod"), "utf8");
  for (const [, target] of goMod.matchAll(/=>\s+(\.{1,2}\/\S*)/g)) {
    if (target !== undefined) await addModule(hash, path.resolve(directory, target), seen);
  }
}

/** Go itself ignores what starts with a dot or an underscore, and testdata. */
async function filesOf(directory: string): Promise<string[]> {
  const entries = await fs.readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"))
    .filter((file) => !file.endsWith("_test.go"))
    .filter((file) => !file.split("/").some((part) => /^[._]/.test(part) || part === "testdata"))
    .sort();
}
