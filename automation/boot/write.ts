import * as fs from "node:fs";
import * as path from "node:path";
import { InvalidInput } from "../../components/core/problem";
import type { Bundle } from "./bundle";
import { MARK } from "./readme";

/** What was downloaded into a bundle, and stays when it is written again. */
const DOWNLOADED = path.join("http", "image");

/**
 * Writes a bundle: next to its place first, so that there is a whole one or the one of before.
 *
 * @param output folder of the bundle; is made, or replaced where it is a bundle.
 * @param loaders folder with iPXE's boot loaders: /usr/lib/ipxe on Debian.
 * @throws InvalidInput when the folder is something else, or a boot loader is missing; then nothing is written.
 */
export function writeBundle(bundle: Bundle, output: string, loaders: string): void {
  const target = path.resolve(output);
  const problems = [...placeProblems(output, target), ...loaderProblems(bundle, loaders)];
  if (problems.length > 0) throw new InvalidInput("boot", problems);
  const parent = path.dirname(target);
  fs.mkdirSync(parent, { recursive: true });
  const fresh = fs.mkdtempSync(path.join(parent, ".firmament-boot-"));
  try {
    // dnsmasq reads it as a user of its own
    fs.chmodSync(fresh, 0o755);
    fill(fresh, bundle, loaders);
    replace(target, fresh);
  } finally {
    fs.rmSync(fresh, { recursive: true, force: true });
  }
}

function fill(folder: string, { files, loaders }: Bundle, source: string): void {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text, { mode: name.endsWith(".sh") ? 0o755 : 0o644 });
  }
  for (const [name, loader] of Object.entries(loaders)) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.copyFileSync(path.join(source, loader), file);
    fs.chmodSync(file, 0o644);
  }
}

function replace(target: string, fresh: string): void {
  if (!fs.existsSync(target)) {
    fs.renameSync(fresh, target);
    return;
  }
  const old = `${fresh}.old`;
  const downloaded = path.join(target, DOWNLOADED);
  if (fs.existsSync(downloaded)) fs.renameSync(downloaded, path.join(fresh, DOWNLOADED));
  fs.renameSync(target, old);
  fs.renameSync(fresh, target);
  fs.rmSync(old, { recursive: true });
}

function placeProblems(given: string, target: string) {
  if (!fs.existsSync(target)) return [];
  const readme = path.join(target, "README.md");
  const ours =
    fs.statSync(target).isDirectory() && fs.existsSync(readme) && fs.readFileSync(readme, "utf8").includes(MARK);
  if (ours || (fs.statSync(target).isDirectory() && fs.readdirSync(target).length === 0)) return [];
  const rule = "is not a bundle that this command wrote";
  return [{ where: "--output", given, rule, fix: "give a folder of its own" }];
}

function loaderProblems({ loaders }: Bundle, source: string) {
  return [...new Set(Object.values(loaders))]
    .filter((loader) => !fs.existsSync(path.join(source, loader)))
    .map((loader) => ({
      where: "--ipxe",
      given: source,
      rule: `must have ${loader} of iPXE`,
      fix: "install Debian's package ipxe, or give the folder that has its boot loaders",
    }));
}
