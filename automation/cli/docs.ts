import * as fs from "node:fs";
import * as path from "node:path";
import { InvalidInput } from "../../components/core/problem";
import { pages } from "../../policies/docs";

/** Last line of every page: what bears it may be written over and removed, nothing else. */
const MARK = "<!-- Written by `firmament docs` from the rules; changes here are lost. -->";

/** Names of files in the directory. */
export interface Written {
  readonly written: readonly string[];
  /** Pages of earlier runs whose rules are gone. */
  readonly removed: readonly string[];
}

/**
 * Writes the documentation of the rules: a page for each and README.md, the index.
 *
 * @param directory is made when missing. Files in it that are not of this command stay as they are.
 * @throws InvalidInput when it is no directory or a page would replace such a file; then nothing is written.
 */
export function writeDocs(directory: string): Written {
  const all = pages();
  const present = filesIn(directory);
  const wanted = new Set(all.map((page) => page.path));
  const strangers = present.filter((name) => wanted.has(name) && !isOurs(path.join(directory, name)));
  if (strangers.length > 0) {
    const rule = "is not a page that this command wrote";
    const fix = "give a directory of its own, or move the file away";
    throw new InvalidInput(
      "docs",
      strangers.map((given) => ({ where: directory, given, rule, fix })),
    );
  }
  const removed = present.filter(
    (name) => name.endsWith(".md") && !wanted.has(name) && isOurs(path.join(directory, name)),
  );
  fs.mkdirSync(directory, { recursive: true });
  for (const page of all) fs.writeFileSync(path.join(directory, page.path), `${page.text}\n${MARK}\n`);
  for (const name of removed) fs.rmSync(path.join(directory, name));
  return { written: [...wanted], removed };
}

function filesIn(directory: string): string[] {
  if (!fs.existsSync(directory)) return [];
  if (fs.statSync(directory).isDirectory()) return fs.readdirSync(directory);
  const rule = "must be a directory or not exist yet";
  throw new InvalidInput("docs", [{ where: "directory", given: directory, rule, fix: "give another one" }]);
}

/** What a link leads to is not ours. */
function isOurs(file: string): boolean {
  return fs.lstatSync(file).isFile() && fs.readFileSync(file, "utf8").trimEnd().endsWith(`\n${MARK}`);
}
