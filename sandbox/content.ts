import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

/** Digest of values, as JSON has them. */
export function digestOf(...parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/** Digest of a file's content; undefined where there is none. */
export function fileDigest(file: string): string | undefined {
  if (!fs.existsSync(file)) return undefined;
  return createHash("sha256").update(fs.readFileSync(file)).digest("hex");
}

/** Digests of the files in a folder and below it, by their path in it, in alphabetical order. Empty where there is none. */
export function folderDigests(folder: string): readonly (readonly [string, string | undefined])[] {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => fs.statSync(path.join(folder, name)).isFile())
    .sort()
    .map((name) => [name, fileDigest(path.join(folder, name))]);
}
