import * as fs from "node:fs";
import * as path from "node:path";
import { InvalidInput } from "../components/core/problem";

/** Names of files in the directory. */
export interface Written {
  readonly written: readonly string[];
  /** Files of earlier runs that are not made any more. */
  readonly removed: readonly string[];
}

/** A folder of generated files. */
export interface OwnFiles {
  /** Who writes them, for messages: "docs". */
  readonly what: string;
  /** Is made when missing. */
  readonly directory: string;
  /** By name. */
  readonly files: Readonly<Record<string, string>>;
  /** Last line of every file: what bears it may be written over and removed, nothing else. */
  readonly mark: string;
}

/**
 * Writes generated files, and removes those of earlier runs. Files in the directory that do not bear the mark, or are of
 * another kind, stay as they are.
 *
 * @throws InvalidInput when it is no directory or a file would replace one of somebody else's; then nothing is written.
 */
export function writeOwnFiles({ what, directory, files, mark }: OwnFiles): Written {
  const present = filesIn(what, directory);
  const isOurs = (name: string) => {
    const file = path.join(directory, name);
    // what a link leads to is not ours
    return fs.lstatSync(file).isFile() && fs.readFileSync(file, "utf8").trimEnd().endsWith(`\n${mark}`);
  };
  const strangers = present.filter((name) => Object.hasOwn(files, name) && !isOurs(name));
  if (strangers.length > 0) {
    const rule = "is not a file that this command wrote";
    const fix = "give a directory of its own, or move the file away";
    throw new InvalidInput(
      what,
      strangers.map((given) => ({ where: directory, given, rule, fix })),
    );
  }
  const kinds = new Set(Object.keys(files).map((name) => path.extname(name)));
  const removed = present.filter(
    (name) => kinds.has(path.extname(name)) && !Object.hasOwn(files, name) && isOurs(name),
  );
  fs.mkdirSync(directory, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    fs.writeFileSync(path.join(directory, name), `${text.trimEnd()}\n${mark}\n`);
  }
  for (const name of removed) fs.rmSync(path.join(directory, name));
  return { written: Object.keys(files), removed };
}

function filesIn(what: string, directory: string): string[] {
  if (!fs.existsSync(directory)) return [];
  if (fs.statSync(directory).isDirectory()) return fs.readdirSync(directory);
  const rule = "must be a directory or not exist yet";
  throw new InvalidInput(what, [{ where: "directory", given: directory, rule, fix: "give another one" }]);
}
